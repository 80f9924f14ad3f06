#include "collector/http/gzip.h"

#include <zlib.h>

#include <new>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace faultline::http {
namespace {

constexpr size_t kPieceBytes = 64 * 1024;
constexpr int kGzipWindow = 15 + 16;  // zlib.h: 16 more asks for gzip's header

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  for (const absl::string_view coding :
       absl::StrSplit(absl::string_view(accept_encoding.data(), accept_encoding.size()), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(coding, ';');
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[0]), "gzip")) continue;
    for (size_t i = 1; i < parts.size(); ++i) {
      absl::string_view weight = absl::StripAsciiWhitespace(parts[i]);
      double value = 1;
      if (absl::ConsumePrefix(&weight, "q=") && absl::SimpleAtod(weight, &value) && value <= 0) {
        return false;
      }
    }
    return true;
  }
  return false;
}

struct Gzip::State {
  z_stream zlib{};
  std::vector<std::string> done;
  std::string piece;
};

Gzip::Gzip() : state_(std::make_unique<State>()) {
  if (deflateInit2(&state_->zlib, 1, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();  // the only way to fail with constant arguments
  }
}

Gzip::~Gzip() { deflateEnd(&state_->zlib); }

void Gzip::Run(std::string_view input, int flush) {
  z_stream& zlib = state_->zlib;
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  zlib.avail_in = static_cast<uInt>(input.size());
  int result = Z_OK;
  do {
    std::string& piece = state_->piece;
    const size_t used = piece.size();
    piece.resize(kPieceBytes);
    zlib.next_out = reinterpret_cast<Bytef*>(piece.data() + used);
    zlib.avail_out = static_cast<uInt>(kPieceBytes - used);
    result = deflate(&zlib, flush);
    piece.resize(kPieceBytes - zlib.avail_out);
    if (piece.size() == kPieceBytes) {
      state_->done.push_back(std::move(piece));
      piece.clear();
    }
  } while (zlib.avail_in > 0 || (flush == Z_FINISH && result != Z_STREAM_END));
}

void Gzip::Append(std::string_view piece) { Run(piece, Z_NO_FLUSH); }

std::vector<std::string> Gzip::Finish() {
  Run("", Z_FINISH);
  if (!state_->piece.empty()) state_->done.push_back(std::move(state_->piece));
  return std::move(state_->done);
}

}  // namespace faultline::http
