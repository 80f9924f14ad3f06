# cmake -DSOURCE=collector/http/page -DOUTPUT=page_files.cc -P EmbedPage.cmake
# Writes the files of SOURCE as C++ strings; defines faultline::http::EmbeddedPage().
file(GLOB files RELATIVE ${SOURCE} ${SOURCE}/*.html ${SOURCE}/*.js ${SOURCE}/*.css ${SOURCE}/*.svg)
list(SORT files)
set(table "")
set(code "// Made by cmake/EmbedPage.cmake.\n#include \"collector/http/page.h\"\n\nnamespace faultline::http {\nnamespace {\n\n")
set(number 0)
foreach(name IN LISTS files)
  file(READ ${SOURCE}/${name} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND code "constexpr unsigned char kFile${number}[] = {\n${hex}0};\n\n")
  string(APPEND table "      {\"${name}\", {reinterpret_cast<const char*>(kFile${number}), ${bytes}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
string(APPEND code "}  // namespace\n\nconst std::vector<PageFile>& EmbeddedPage() {\n"
       "  static const auto& files = *new std::vector<PageFile>{\n${table}  };\n  return files;\n}\n\n"
       "}  // namespace faultline::http\n")
file(WRITE ${OUTPUT} "${code}")
