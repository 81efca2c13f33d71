"""The compose files: valid, hardened, and running what the local set runs."""

import json
import re
from importlib.resources import files
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from tests.deploy.conftest import memory_of

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
        assert service["restart"] == ("no" if name == "fetch" else "unless-stopped"), name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name


def test_only_the_gateway_is_published_and_only_on_loopback(compose: Document, ports: dict[str, int]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert published == {"gateway": [f"127.0.0.1:{ports['gateway']}:{ports['gateway']}"]}


def test_exports_are_spooled_on_a_volume_and_not_in_memory(compose: Document) -> None:
    gateway = compose["services"]["gateway"]

    assert f"exports:{gateway['environment']['TMPDIR']}" in gateway["volumes"]
    assert "exports" in compose["volumes"]
    assert gateway["environment"]["TMPDIR"] not in gateway["tmpfs"]


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


def test_the_services_want_one_secret_and_the_gateway_and_the_worker_have_it(
    compose: Document, services: list[str]
) -> None:
    settings = {name: one.get("environment", {}) for name, one in compose["services"].items()}
    wanted = {settings[name].get(f"IMGDIFF_{name.upper()}_SECRET") for name in services}

    assert wanted == {"${SERVICE_SECRET:?set it in .env}"}
    assert {settings[name]["IMGDIFF_GATEWAY_SERVICE_SECRET"] for name in ("gateway", "worker")} == wanted


def test_the_first_api_key_has_no_default_and_only_the_gateway_gets_it(compose: Document) -> None:
    given = {
        name: service["environment"]["IMGDIFF_GATEWAY_BOOTSTRAP_KEY"]
        for name, service in compose["services"].items()
        if "IMGDIFF_GATEWAY_BOOTSTRAP_KEY" in service.get("environment", {})
    }

    assert given == {"gateway": "${GATEWAY_KEY:?set it in .env}"}


def test_redis_keeps_what_it_is_given(compose: Document) -> None:
    command = " ".join(compose["services"]["redis"]["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_gpu_file_gives_each_service_a_card_a_backend_and_its_variant(root: Any, services: list[str]) -> None:
    added = yaml.safe_load((root / "docker-compose.gpu.yml").read_text())["services"]

    assert sorted(added) == sorted([*services, "fetch"])
    for name in services:
        service, prefix = added[name], f"IMGDIFF_{name.upper()}"
        [card] = service["deploy"]["resources"]["reservations"]["devices"]
        assert service["environment"][f"{prefix}_DEVICE"] == "cuda"
        assert service["environment"][f"{prefix}_BACKEND"] == f"${{{prefix}_BACKEND:-embedded}}"
        assert service["build"]["args"] == {"VARIANT": "gpu"}
        assert (card["driver"], card["device_ids"]) == ("nvidia", [f"${{{name.upper()}_GPU:-0}}"])
        assert service["env_file"] == [{"path": "models.env", "required": False}]


@pytest.mark.parametrize("compose", ["gpu"], indirect=True)
def test_a_services_memory_holds_its_models_while_they_load(compose: Document, services: list[str]) -> None:
    for name in services:
        limits = compose["services"][name]["deploy"]["resources"]["limits"]
        [gigabytes] = re.findall(r":-(\d+)g}", limits["memory"])
        assert int(gigabytes) * 2**30 / 1e9 > memory_of(name)


@pytest.mark.parametrize("compose", ["gpu"], indirect=True)
def test_what_models_need_lies_on_volumes_that_the_image_names(
    compose: Document, root: Any, services: list[str]
) -> None:
    image = (root / "services/Dockerfile").read_text()
    for name in services:
        assert compose["services"][name]["volumes"] == ["${HUB_VOLUME:-hub}:/hub", "compiled:/compiled"]
        assert compose["services"][name]["healthcheck"] == {"start_period": "30m"}  # the rest is the image's
    assert {"hub", "compiled"} <= set(compose["volumes"])
    assert "ENV HF_HOME=/hub TORCHINDUCTOR_CACHE_DIR=/compiled/inductor TRITON_CACHE_DIR=/compiled/triton" in image


@pytest.mark.parametrize("compose", ["gpu"], indirect=True)
def test_models_are_fetched_by_a_container_of_its_own_that_alone_has_a_way_out(compose: Document) -> None:
    fetch = compose["services"]["fetch"]

    assert fetch["profiles"] == ["fetch"]
    assert fetch["networks"] == ["edge"]
    assert fetch["entrypoint"] == ["python", "-m", "imgdiff.cli", "models", "fetch"]


def test_the_examples_defaults_are_those_of_the_file(root: Any) -> None:
    text = (root / "docker-compose.gpu.yml").read_text()
    shown = dict(re.findall(r"^# ([A-Z_]+)=(\S*)", (root / ".env.example").read_text(), re.MULTILINE))

    assert {name: shown[name] for name in shown} == {
        name: default for name, default in re.findall(r"\${([A-Z_]+):-([^}]*)}", text) if name in shown
    }
