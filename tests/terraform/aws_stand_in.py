"""What stands in for the AWS provider in tests: the published schema of the real one, and a world that is made up.

Terraform starts it as it starts any provider and refuses by its schema what the real provider would refuse. A plan is
real up to what AWS would answer: computed values are unknown, and an apply invents them. It is never shipped.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import msgpack  # noqa: E402
import tf.provider  # noqa: E402
import tf.runner  # noqa: E402
from tf.gen import tfplugin_pb2 as pb  # noqa: E402
from tf.gen import tfplugin_pb2_grpc as rpc  # noqa: E402
from tf.utils import Unknown, read_dynamic_value, to_dynamic_value  # noqa: E402

import aws_facts  # noqa: E402
import provider_schema  # noqa: E402


def _is_unknown(value):
    # Terraform says more of some unknown values (never null, begins with "sg-"): those come as another extension.
    return value is Unknown or isinstance(value, msgpack.ExtType)


def _attributes_of(block):
    return block.get("attributes", {})


def _each_nested(block, value):
    """(nested block, its value) for each nested block that is there."""
    for name, nested in block.get("block_types", {}).items():
        inside = (value or {}).get(name)
        if inside is None or _is_unknown(inside):
            continue
        for one in inside if isinstance(inside, list) else [inside]:
            if isinstance(one, dict):
                yield nested["block"], one


def _plan(block, value):
    """What AWS would say is unknown as long as it was not asked."""
    for name, attribute in _attributes_of(block).items():
        if attribute.get("computed") and value.get(name) is None:
            value[name] = Unknown
    for nested, inside in _each_nested(block, value):
        _plan(nested, inside)
    return value


def _apply(block, value, invent):
    for name, attribute in _attributes_of(block).items():
        if _is_unknown(value.get(name)):
            value[name] = invent(name, attribute["type"])
    for nested, inside in _each_nested(block, value):
        _apply(nested, inside, invent)
    return value


class Servicer(rpc.ProviderServicer):
    """The provider protocol over the schema as data."""

    def __init__(self, _app=None):
        self._schema = provider_schema.load()

    def _resource(self, request):
        return self._schema["resource_schemas"][request.type_name]["block"]

    def GetMetadata(self, request, context):
        return pb.GetMetadata.Response(server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=True))

    def GetProviderSchema(self, request, context):
        return pb.GetProviderSchema.Response(
            provider=provider_schema.to_message(provider_schema.PROVIDER),
            resource_schemas={name: provider_schema.to_message(one) for name, one in self._schema["resource_schemas"].items()},
            data_source_schemas={name: provider_schema.to_message(one) for name, one in self._schema["data_source_schemas"].items()})

    def ValidateProviderConfig(self, request, context):
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request, context):
        complaints = aws_facts.complaints(request.type_name, read_dynamic_value(request.config), _is_unknown)
        return pb.ValidateResourceConfig.Response(diagnostics=[
            pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary="AWS would refuse this", detail=text) for text in complaints])

    def ValidateDataResourceConfig(self, request, context):
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, request, context):
        return pb.ConfigureProvider.Response()

    def UpgradeResourceState(self, request, context):
        return pb.UpgradeResourceState.Response(upgraded_state=pb.DynamicValue(json=request.raw_state.json))

    def ReadResource(self, request, context):
        return pb.ReadResource.Response(new_state=request.current_state)

    def PlanResourceChange(self, request, context):
        proposed = read_dynamic_value(request.proposed_new_state)
        if proposed is None or read_dynamic_value(request.prior_state) is not None:
            return pb.PlanResourceChange.Response(planned_state=request.proposed_new_state)
        return pb.PlanResourceChange.Response(planned_state=to_dynamic_value(_plan(self._resource(request), proposed)))

    def ApplyResourceChange(self, request, context):
        planned = read_dynamic_value(request.planned_state)
        if planned is None:
            return pb.ApplyResourceChange.Response(new_state=request.planned_state)
        invent = aws_facts.inventor(request.type_name)
        return pb.ApplyResourceChange.Response(new_state=to_dynamic_value(_apply(self._resource(request), planned, invent)))

    def ReadDataSource(self, request, context):
        config = read_dynamic_value(request.config)
        block = self._schema["data_source_schemas"][request.type_name]["block"]
        answer = {**config, **aws_facts.answer(request.type_name, config)}
        return pb.ReadDataSource.Response(state=to_dynamic_value(
            _apply(block, _plan(block, answer), aws_facts.inventor(request.type_name))))

    def StopProvider(self, request, context):
        return pb.StopProvider.Response()


class _Name:
    """All that the framework asks of its own kind of provider when it lends itself to be attached to (--dev)."""

    def full_name(self):
        return "registry.terraform.io/hashicorp/aws"


if __name__ == "__main__":
    tf.provider.ProviderServicer = Servicer
    tf.runner.run_provider(_Name())
