"""The AWS provider's published schema, as data and as the messages of the provider protocol."""

import json
import pathlib

_HERE = pathlib.Path(__file__).resolve().parent
VERSION = "6.47.0"

# The copy has no schema of the provider's own configuration: these are the arguments that the roots use.
PROVIDER = {"version": 0, "block": {
    "attributes": {"region": {"optional": True, "type": "string"}, "profile": {"optional": True, "type": "string"}},
    "block_types": {"default_tags": {"nesting_mode": "list", "max_items": 1, "block": {
        "attributes": {"tags": {"optional": True, "type": ["map", "string"]}}}}}}}


def load():
    """The published schema with our amendments (README.md says why there are any)."""
    schema = json.loads((_HERE / f"provider-schema-{VERSION}.json").read_text())
    amendments = json.loads((_HERE / "provider-schema-amendments.json").read_text())
    for resource, attributes in amendments.items():
        known = schema["resource_schemas"][resource]["block"]["attributes"]
        for name, attribute in attributes.items():
            if name in known:
                raise ValueError(f"the published schema has {resource}.{name} by now: take it out of the amendments")
            known[name] = attribute
    return schema


def to_message(schema):
    """A schema of the JSON as tfplugin6.Schema."""
    from tf.gen import tfplugin_pb2 as pb  # only the provider's own Python has it

    def block(of):
        return pb.Schema.Block(
            attributes=[pb.Schema.Attribute(
                name=name, type=json.dumps(one["type"]).encode(), required=one.get("required", False),
                optional=one.get("optional", False), computed=one.get("computed", False),
                sensitive=one.get("sensitive", False), deprecated=one.get("deprecated", False),
            ) for name, one in sorted(of.get("attributes", {}).items())],
            block_types=[pb.Schema.NestedBlock(
                type_name=name, block=block(one["block"]), min_items=one.get("min_items", 0),
                max_items=one.get("max_items", 0), nesting=pb.Schema.NestedBlock.NestingMode.Value(one["nesting_mode"].upper()),
            ) for name, one in sorted(of.get("block_types", {}).items())],
            deprecated=of.get("deprecated", False))

    return pb.Schema(version=schema["version"], block=block(schema["block"]))
