"""The rendered overlays: valid, restricted, probed, and running what the local set runs."""

import base64
from collections.abc import Callable
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from pydantic import SecretStr, ValidationError

from gateway.settings import GatewaySettings
from imgdiff.backends.catalogue import catalogue
from tests.deploy.conftest import memory_of

Document = dict[str, Any]
Render = Callable[[str], list[Document]]
KUBERNETES = "1.34"


def _kind(manifests: list[Document], *kinds: str) -> dict[str, Document]:
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] in kinds}


def _pods(manifests: list[Document]) -> dict[str, Document]:
    found = _kind(manifests, "Deployment", "StatefulSet")
    return {name: one["spec"]["template"]["spec"] for name, one in found.items()}


def test_every_manifest_follows_the_kubernetes_schema(manifests: list[Document]) -> None:
    for one in manifests:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)


def test_everything_is_in_the_restricted_namespace(manifests: list[Document]) -> None:
    namespace = _kind(manifests, "Namespace")["imgdiff"]
    others = [one for one in manifests if one["kind"] != "Namespace"]

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {one["metadata"]["namespace"] for one in others} == {"imgdiff"}


def test_deployments_run_the_commands_of_the_local_set(
    manifests: list[Document], commands: dict[str, list[str]]
) -> None:
    deployments = _kind(manifests, "Deployment")
    run = {name: one["spec"]["template"]["spec"]["containers"][0]["command"] for name, one in deployments.items()}

    assert run == commands


def test_every_pod_is_restricted(manifests: list[Document]) -> None:
    for name, pod in _pods(manifests).items():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert "/tmp" in [mount["mountPath"] for mount in container["volumeMounts"]], name


def test_every_pod_has_an_account_probes_and_resources(manifests: list[Document]) -> None:
    accounts = _kind(manifests, "ServiceAccount")
    for name, pod in _pods(manifests).items():
        container = pod["containers"][0]
        assert accounts[pod["serviceAccountName"]]["automountServiceAccountToken"] is False
        assert {"livenessProbe", "readinessProbe"} <= set(container), name
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
        assert {"cpu", "memory"} <= set(container["resources"]["limits"]), name


def test_probes_ask_the_real_routes(manifests: list[Document], services: list[str]) -> None:
    expected = dict.fromkeys(services, ("/v2/health/live", "/v2/health/ready"))
    expected["gateway"] = ("/livez", "/readyz")
    pods = _pods(manifests)
    asked = {}
    for name in expected:
        container = pods[name]["containers"][0]
        asked[name] = tuple(container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe"))

    assert asked == expected


def test_the_gateway_has_room_to_spool_exports(manifests: list[Document]) -> None:
    volumes = _pods(manifests)["gateway"]["volumes"]

    assert [one for one in volumes if one["name"] == "tmp"] == [{"name": "tmp", "emptyDir": {"sizeLimit": "20Gi"}}]


def test_the_worker_is_judged_by_its_heartbeat(manifests: list[Document]) -> None:
    pod = _pods(manifests)["worker"]
    container = pod["containers"][0]
    [heartbeat] = [one["value"] for one in container["env"] if one["name"].endswith("WORKER_HEARTBEAT_FILE")]

    assert heartbeat in container["livenessProbe"]["exec"]["command"][-1]
    assert pod["terminationGracePeriodSeconds"] >= 60


def test_ports_and_addresses_are_the_defaults(
    manifests: list[Document], ports: dict[str, int], services: list[str]
) -> None:
    pods, addresses = _pods(manifests), _kind(manifests, "Service")
    [settings] = [one["data"] for name, one in _kind(manifests, "ConfigMap").items() if "gateway" in name]

    for name, port in ports.items():
        assert pods[name]["containers"][0]["ports"] == [{"name": "http", "containerPort": port}]
        assert addresses[name]["spec"]["ports"][0]["port"] == port
    for name in services:
        assert settings[f"IMGDIFF_GATEWAY_{name.upper()}_URL"] == f"http://{name}:{ports[name]}"


def test_nothing_is_reachable_from_outside_the_cluster(manifests: list[Document]) -> None:
    assert {one["spec"].get("type", "ClusterIP") for one in _kind(manifests, "Service").values()} == {"ClusterIP"}


def test_all_traffic_is_denied_first_and_the_services_may_call_nobody(manifests: list[Document]) -> None:
    policies = _kind(manifests, "NetworkPolicy")
    leaving = [one["spec"]["podSelector"] for one in policies.values() if one["spec"].get("egress")]

    assert policies["default-deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert leaving
    assert all(selector == {"matchLabels": {"imgdiff/tier": "edge"}} for selector in leaving)


def test_no_policy_opens_the_metadata_address(manifests: list[Document]) -> None:
    rules = [rule for one in _kind(manifests, "NetworkPolicy").values() for rule in one["spec"].get("egress", [])]
    blocks = [peer["ipBlock"] for rule in rules for peer in rule.get("to", []) if "ipBlock" in peer]

    assert all(rule.get("to") for rule in rules)
    assert all("169.254.0.0/16" in block["except"] for block in blocks)


def test_no_drain_is_blocked_for_ever(manifests: list[Document]) -> None:
    budgets = _kind(manifests, "PodDisruptionBudget")

    assert {name: one["spec"]["maxUnavailable"] for name, one in budgets.items()} == {"edge": 1, "model": 1}


def test_services_gateway_and_worker_share_one_secret(manifests: list[Document], services: list[str]) -> None:
    names = {name: f"IMGDIFF_{name.upper()}_SECRET" for name in services}
    for pod, name in {**names, **dict.fromkeys(("gateway", "worker"), "IMGDIFF_GATEWAY_SERVICE_SECRET")}.items():
        settings = {one["name"]: one for one in _pods(manifests)[pod]["containers"][0]["env"]}
        kept = settings[name]["valueFrom"]["secretKeyRef"]
        assert (kept["name"].startswith("imgdiff-services"), kept["key"]) == (True, "SECRET")


def test_the_example_of_the_first_api_key_is_refused_so_that_nobody_keeps_it(render: Render) -> None:
    secrets = _kind(render("single-node"), "Secret")
    [given] = [one["data"] for name, one in secrets.items() if name.startswith("imgdiff-gateway")]
    key = base64.b64decode(given["IMGDIFF_GATEWAY_BOOTSTRAP_KEY"]).decode()

    with pytest.raises(ValidationError, match="bootstrap_key"):
        GatewaySettings(bootstrap_key=SecretStr(key))


@pytest.mark.parametrize("overlay", ["production", "gpu"])
def test_no_secret_is_rendered_where_secrets_come_from_outside(render: Render, overlay: str) -> None:
    assert _kind(render(overlay), "Secret") == {}


def test_the_gpu_overlay_gives_each_service_one_gpu_its_variant_and_its_models(
    render: Render, services: list[str]
) -> None:
    manifests = render("gpu")
    pods, settings = _pods(manifests), _kind(manifests, "ConfigMap")
    [models] = [name for name in settings if name.startswith("imgdiff-models")]
    for name in services:
        container = pods[name]["containers"][0]
        assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
        assert container["image"].endswith("-gpu")
        assert container["envFrom"] == [{"configMapRef": {"name": models}}]
        assert settings[models]["data"][f"IMGDIFF_{name.upper()}_DEVICE"] == "cuda"
        assert f"IMGDIFF_{name.upper()}_BACKEND" in settings[models]["data"]
    assert "nvidia.com/gpu" not in pods["gateway"]["containers"][0]["resources"]["limits"]


def test_on_gpus_memory_probes_and_volumes_fit_the_largest_models(render: Render, services: list[str]) -> None:
    manifests = render("gpu")
    claims = _kind(manifests, "PersistentVolumeClaim")
    for name in services:
        pod = _pods(manifests)[name]
        container = pod["containers"][0]
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        probe, memory = container["startupProbe"], container["resources"]["limits"]["memory"]
        assert int(memory.removesuffix("Gi")) * 2**30 / 1e9 > memory_of(name)
        assert probe["periodSeconds"] * probe["failureThreshold"] >= 1800
        assert (mounts["hub"], mounts["compiled"]) == ("/hub", "/compiled")
        assert {one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"] if one["name"] in claims} == {
            "hub",
            "compiled",
        }


def test_the_job_that_fetches_models_is_valid_restricted_and_fills_the_same_volume(render: Render) -> None:
    manifests = render("fetch")
    for one in manifests:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
    pod = _kind(manifests, "Job")["fetch-models"]["spec"]["template"]["spec"]
    container = pod["containers"][0]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["command"] == ["python", "-m", "imgdiff.cli", "models", "fetch"]
    assert {"name": "hub", "persistentVolumeClaim": {"claimName": "hub"}} in pod["volumes"]
    for name in container["args"][1::2]:
        assert catalogue().of_backend(name)
