#include "common/out_of_memory.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>

#include "common/exit_code.h"

namespace faultline {
namespace {

const char* program_name = "faultline";

// Nothing here allocates. What the standard streams still hold is of no use to anybody.
[[noreturn]] void EndFor(const char* what) {
  for (const char* part :
       {program_name, ": ", what,
        "; its limit is too low (ulimit -v, LimitAS=, MemoryMax=, TasksMax=) or the machine has "
        "none left\n"}) {
    (void)!write(STDERR_FILENO, part, strlen(part));
  }
  _exit(kRuntimeFailure);
}

[[noreturn]] void OnNoMemory() { EndFor("out of memory"); }

[[noreturn]] void OnTerminate() {
  try {
    if (std::exception_ptr thrown = std::current_exception(); thrown != nullptr) {
      std::rethrow_exception(thrown);
    }
  } catch (const std::bad_alloc&) {
    OnNoMemory();
  } catch (const std::system_error& error) {
    // std::thread's way to say so.
    if (error.code().value() == EAGAIN) EndFor("the system gives no further thread");
  } catch (...) {
  }
  std::abort();
}

}  // namespace

void SayWhenOutOfMemory(const char* program) {
  program_name = program;
  std::set_new_handler(OnNoMemory);
  std::set_terminate(OnTerminate);
}

}  // namespace faultline
