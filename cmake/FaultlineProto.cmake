# faultline_proto: messages (protobuf only). faultline_agent_link_grpc, faultline_enrolment_grpc: the gRPC services.
set(proto_out ${PROJECT_BINARY_DIR}/proto)
file(MAKE_DIRECTORY ${proto_out})
set(proto_sources)
foreach(proto check agent_link agent_report enrolment operator webhook)
  set(source ${PROJECT_SOURCE_DIR}/proto/faultline/v1/${proto}.proto)
  set(out ${proto_out}/faultline/v1/${proto})
  add_custom_command(
    OUTPUT ${out}.pb.cc ${out}.pb.h
    COMMAND protobuf::protoc -I${PROJECT_SOURCE_DIR}/proto --cpp_out=${proto_out} ${source}
    DEPENDS ${source} ${PROJECT_SOURCE_DIR}/proto/faultline/v1/check.proto)
  list(APPEND proto_sources ${out}.pb.cc)
endforeach()
add_library(faultline_proto STATIC ${proto_sources})
target_include_directories(faultline_proto SYSTEM PUBLIC ${proto_out})
target_link_libraries(faultline_proto PUBLIC protobuf::libprotobuf)

foreach(service agent_link enrolment)
  set(source ${PROJECT_SOURCE_DIR}/proto/faultline/v1/${service}.proto)
  set(out ${proto_out}/faultline/v1/${service}.grpc.pb)
  add_custom_command(
    OUTPUT ${out}.cc ${out}.h
    COMMAND protobuf::protoc -I${PROJECT_SOURCE_DIR}/proto --grpc_out=${proto_out}
            --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${source}
    DEPENDS ${source} ${PROJECT_SOURCE_DIR}/proto/faultline/v1/check.proto)
  add_library(faultline_${service}_grpc STATIC ${out}.cc)
  target_link_libraries(faultline_${service}_grpc PUBLIC faultline_proto gRPC::grpc++)
endforeach()
