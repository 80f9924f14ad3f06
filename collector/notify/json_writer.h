// Writes JSON in the order it is told. For bodies that others read; the operator API's JSON comes
// from protobuf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace faultline::notify {

// Texts must be valid UTF-8 (CleanText makes them so). The caller pairs begin and end.
class JsonWriter {
 public:
  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view name);
  JsonWriter& String(std::string_view text);
  JsonWriter& Number(uint64_t value);
  JsonWriter& Null();

  JsonWriter& Field(std::string_view name, std::string_view text) { return Key(name).String(text); }

  std::string Take() { return std::move(out_); }

 private:
  void Separate();
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);

  std::string out_;
  bool first_ = true;  // nothing stands before in this object or array, or a key does
};

}  // namespace faultline::notify
