// Owners of OpenSSL's objects, by their names here.
#pragma once

#include "common/tls/openssl.h"

namespace faultline::security {

using tls::BioPtr;
using tls::DerOf;
using tls::ExtensionPtr;
using tls::FreeBy;
using tls::KeyPtr;
using tls::NamesPtr;
using tls::NumberPtr;
using tls::OpensslError;
using tls::ReadOnly;
using tls::RequestPtr;
using tls::TextOf;
using tls::X509Ptr;

}  // namespace faultline::security
