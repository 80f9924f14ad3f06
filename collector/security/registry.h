// What the authority has given out: join tokens and certificates, in a SQLite file of their own
// beside the authority's key, so that one backup holds what belongs together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/store/database_file.h"
#include "collector/store/sqlite.h"
#include "common/clock.h"
#include "common/identity.h"

namespace faultline::security {

// Times {0} = never.
struct StoredToken {
  std::string id;
  std::string verifier;   // 32 bytes, see join_token.h
  std::string proof_key;  // 32 bytes; a secret
  StackId stack;
  std::vector<std::string> roles;  // empty: any, or none
  bool replace = false;            // may take over the name of a silent host
  uint32_t uses = 1;
  uint32_t used = 0;
  WallTime created_at;
  WallTime expires_at;
  WallTime revoked_at;
  WallTime last_used_at;
  std::string source;  // "operator", or the file that it came from

  // It still lets hosts in.
  bool IsActive(WallTime now) const {
    return revoked_at.ns == 0 && expires_at > now && used < uses;
  }
};

struct StoredCertificate {
  std::string serial;  // hexadecimal
  HostIdentity identity;
  std::string key_digest;  // as RequestedKey's
  std::string der;
  WallTime not_before;
  WallTime not_after;
  std::string token;     // that its host joined with
  bool renewed = false;  // else: given for a token
  bool used = false;     // a stream, or a renewal, has shown it
  WallTime revoked_at;
  std::string revoked_why;
  bool taken_over = false;  // revoked since another machine took the name, not by an operator
  // What its host said that it is; for people.
  std::string instance_id;
  std::string addresses;  // separated by spaces
};

// What is held of each certificate in memory.
struct CertificateState {
  std::string serial;
  HostId host;
  WallTime not_after;
  bool used = false;
  WallTime revoked_at;
  std::string revoked_why;
};

// A certificate that was given, with all that follows from it.
struct IssueRecord {
  StoredCertificate certificate;  // one use of its token, unless it is a renewal
  WallTime at;
  std::vector<std::string> taken_over;  // serials that are revoked since their name is taken over
  std::string taken_over_why;
  std::string shown;                  // the serial that was renewed: it has been used
  std::vector<std::string> replaced;  // serials that nobody has used, and nobody will
};

// One thread at a time. Every change is one transaction, durable when it returns; errors are those
// of store/sqlite.h.
class Registry {
 public:
  // Makes the file when it is not there. Errors name authority.directory.
  static absl::StatusOr<std::unique_ptr<Registry>> Open(const std::string& path);

  absl::Status AddToken(const StoredToken& token);
  absl::StatusOr<std::optional<StoredToken>> FindToken(const std::string& id);
  absl::StatusOr<std::vector<StoredToken>> Tokens();  // newest first
  absl::Status RevokeToken(const std::string& id, WallTime now);

  // Newest first.
  absl::StatusOr<std::vector<StoredCertificate>> CertificatesOf(const HostId& host);
  // Of hosts of this name in any environment.
  absl::StatusOr<std::vector<StoredCertificate>> CertificatesOf(const std::string& stack,
                                                                const std::string& host);
  absl::StatusOr<std::vector<CertificateState>> AllStates();
  absl::StatusOr<std::optional<StoredCertificate>> FindCertificate(const std::string& serial);

  // A certificate that the token gave for itself, not for a renewal, can still be used.
  absl::StatusOr<bool> HasLivingCertificate(const std::string& token, WallTime now);
  // When the newest certificate was given that has been used since; {0} = there is none. Who used
  // it agreed with the clock of that time.
  absl::StatusOr<WallTime> NewestUsed();

  // All of it or nothing. Of those that a host got by one token only the newest kKept are kept;
  // gives the serials that went.
  absl::StatusOr<std::vector<std::string>> RecordIssue(const IssueRecord& issue);
  static constexpr int kKept = 16;
  // By an operator. A takeover before becomes a revocation by him.
  absl::Status RevokeCertificates(const std::vector<std::string>& serials, const std::string& why,
                                  WallTime now);
  absl::Status MarkUsed(const std::vector<std::string>& serials);

  // Forgets certificates that ended before `before`, and tokens that were made here and ended then;
  // gives the serials that went. What came of a token stays while that lets hosts in at `now`: a
  // host that is revoked must not come back by it. Tokens of a file stay: it may still be there,
  // and must not bring them back.
  absl::StatusOr<std::vector<std::string>> Forget(WallTime before, WallTime now);

 private:
  Registry(store::DatabaseFile file, std::unique_ptr<store::Connection> db)
      : file_(std::move(file)), db_(std::move(db)) {}
  template <typename Change>
  absl::Status Transaction(Change change);
  absl::Status Revoke(const std::string& serial, const std::string& why, bool taken_over,
                      WallTime now);

  store::DatabaseFile file_;
  std::unique_ptr<store::Connection> db_;
};

}  // namespace faultline::security
