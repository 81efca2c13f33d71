"""The compose files: valid, hardened, and running what the local set runs."""

import json
from importlib.resources import files
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

Document = dict[str, Any]


@pytest.fixture(scope="module")
def schema() -> Document:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    loaded: Document = json.loads(path.read_text())
    return loaded


@pytest.mark.parametrize("name", ["docker-compose.yml", "docker-compose.gpu.yml"])
def test_each_file_alone_follows_the_compose_specification(root: Any, schema: Document, name: str) -> None:
    document = yaml.safe_load((root / name).read_text())

    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)] == []


def test_the_merged_files_follow_the_compose_specification(compose: Document, schema: Document) -> None:
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(compose)] == []


def test_our_services_run_the_commands_of_the_local_set(compose: Document, commands: dict[str, list[str]]) -> None:
    assert {name: compose["services"][name]["command"] for name in commands} == commands


def test_every_service_is_hardened_limited_and_restarted(compose: Document) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "/tmp" in service["tmpfs"], name
        assert service["restart"] == "unless-stopped", name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name


def test_only_the_gateway_is_published_and_only_on_loopback(compose: Document, ports: dict[str, int]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert published == {"gateway": [f"127.0.0.1:{ports['gateway']}:{ports['gateway']}"]}


def test_the_services_have_no_way_out_and_no_way_to_the_data(compose: Document, services: list[str]) -> None:
    assert compose["networks"]["models"]["internal"] is True
    assert compose["networks"]["data"]["internal"] is True
    assert {name: compose["services"][name]["networks"] for name in services} == {name: ["models"] for name in services}


def test_addresses_name_the_default_ports(compose: Document, ports: dict[str, int], services: list[str]) -> None:
    for owner in ("gateway", "worker"):
        settings = compose["services"][owner]["environment"]
        for name in services:
            assert settings[f"IMGDIFF_GATEWAY_{name.upper()}_URL"] == f"http://{name}:{ports[name]}"


def test_every_dependency_has_a_health_check(compose: Document, root: Any) -> None:
    for service in compose["services"].values():
        for name, wanted in service.get("depends_on", {}).items():
            needed = compose["services"][name]
            own_image = (root / needed["build"]["dockerfile"]).read_text() if "build" in needed else ""
            assert wanted == {"condition": "service_healthy"}
            assert "healthcheck" in needed or "HEALTHCHECK" in own_image, name


def test_no_password_has_a_default(root: Any) -> None:
    lines = (root / "docker-compose.yml").read_text().splitlines()
    uses = [line for line in lines if "PASSWORD}" in line or "PASSWORD:" in line.split("$")[-1]]

    assert uses
    assert all("PASSWORD:?" in line for line in uses)


def test_redis_keeps_what_it_is_given(compose: Document) -> None:
    command = " ".join(compose["services"]["redis"]["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_gpu_file_names_devices_but_no_backend(root: Any, services: list[str]) -> None:
    added = yaml.safe_load((root / "docker-compose.gpu.yml").read_text())["services"]

    assert sorted(added) == sorted(services)
    for name, service in added.items():
        assert service["environment"] == {f"IMGDIFF_{name.upper()}_DEVICE": "cuda"}
        assert service["build"]["args"] == {"VARIANT": "gpu"}
        assert service["deploy"]["resources"]["reservations"]["devices"][0]["driver"] == "nvidia"
