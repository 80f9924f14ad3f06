// What a program says when the machine refuses it memory or a thread, instead of a bare abort.
#pragma once

namespace faultline {

// From now on one line on standard error and exit code 1, with which systemd starts it again. Once,
// at the start of main; `program`'s text must live as long as the process.
void SayWhenOutOfMemory(const char* program);

}  // namespace faultline
