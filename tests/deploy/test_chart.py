"""The chart renders what Kubernetes accepts, and refuses what could not run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from app import __version__
from tests.deploy.files import CHART, SETTINGS, read

HELM = "HELM"
KUBERNETES = ("1.25", "1.31", "1.34")
CUSTOM = {"PodMonitor", "ServiceMonitor"}
CASES = sorted(CHART.glob("ci/*-values.yaml"))
VALUES = read(CHART / "values.yaml")
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))

Manifest = dict[str, Any]


def rendered(values: Path, *options: str, version: str = KUBERNETES[-1]) -> list[Manifest]:
    done = helm("template", "mem", str(CHART), "--kube-version", version, "--values", str(values), *options)
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    binary = os.environ.get(HELM) or shutil.which("helm")
    if binary is None:
        pytest.skip(f"needs helm 3: put it on PATH or name it in {HELM}")
    return subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for manifest in manifests:
        if manifest["kind"] in ("Deployment", "Job"):
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def of(manifests: list[Manifest], kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def merged(below: Any, above: Any) -> Any:
    """As Helm lays one file of values over another."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {name: merged(below.get(name), above[name]) if name in above else below[name] for name in below | above}


full = pytest.fixture(lambda: rendered(CHART / "ci" / "full-values.yaml"), name="full")
minimal = pytest.fixture(lambda: rendered(CHART / "ci" / "minimal-values.yaml"), name="minimal")
existing = pytest.fixture(lambda: rendered(CHART / "ci" / "existing-secret-values.yaml"), name="existing")


def test_it_is_the_chart_of_this_version() -> None:
    assert read(CHART / "Chart.yaml")["appVersion"] == __version__


@pytest.mark.parametrize("case", [CHART / "values.yaml", *CASES], ids=lambda path: path.stem)
def test_what_it_sets_are_settings(case: Path) -> None:
    values = read(case)
    assert set(values["settings"]) <= SETTINGS
    assert set(values["secret"].get("values", ())) <= SETTINGS


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_its_schema_takes_every_case(case: Path) -> None:
    jsonschema_rs.validator_for(SCHEMA).validate(merged(VALUES, read(case)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"settings": {"GRAPH_URL": ""}},
        {"settings": {"GRAPH_URL": "sqlite:///graph.db"}},
        {"settings": {"GRAPH_URL": "neo4j://neo4j:secret@neo4j:7687"}},
        {"settings": {"VECTORS_URL": "edge:///"}},
        {"settings": {"QUEUE_URL": "memory://"}},
        {"settings": {"QUEUE_URL": "redis://:secret@redis:6379"}},
        {"settings": {"NEO4J_PASSWORD": "secret"}},
        {"secret": {"values": {"ROOT_KEY": "short"}}},
        {"secret": {"values": {"NEO4J_PASSWORD": ""}}},
        {"image": {"tag": "latest"}},
        {"ingress": {"enabled": True}},
        {"api": {"replicas": 0}},
        {"api": {"replica": 2}},
        {"ingres": {"enabled": True}},
    ],
    ids=str,
)
def test_its_schema_refuses_what_could_not_run_or_would_tell_a_secret(wrong: dict[str, Any]) -> None:
    values = merged(VALUES, read(CHART / "ci" / "minimal-values.yaml"))
    validator = jsonschema_rs.validator_for(SCHEMA)
    assert validator.is_valid(values)
    assert not validator.is_valid(merged(values, wrong))


def test_values_without_a_word_from_the_operator_are_refused() -> None:
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(VALUES)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_linter_has_nothing_to_say(case: Path) -> None:
    done = helm("lint", "--strict", "--kube-version", KUBERNETES[-1], "--values", str(case), str(CHART))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_kubernetes_accepts_what_it_renders(case: Path, version: str) -> None:
    validation = pytest.importorskip("kubernetes_validate", reason="needs the Python package kubernetes-validate")
    manifests = [one for one in rendered(case, version=version) if one["kind"] not in CUSTOM]
    assert manifests
    for manifest in manifests:
        validation.validate(manifest, version, strict=True)


def test_it_asks_where_redis_is() -> None:
    case = str(CHART / "ci" / "minimal-values.yaml")
    done = helm(
        "template", "mem", str(CHART), "--kube-version", "1.31", "--values", case, "--set", "settings.QUEUE_URL="
    )
    assert done.returncode != 0
    assert "say where Redis is" in done.stderr


def test_no_two_resources_have_one_name(full: list[Manifest]) -> None:
    names = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in full]
    assert len(names) == len(set(names))


def test_no_pod_has_rights_or_a_token_or_writes_to_its_image(full: list[Manifest]) -> None:
    found = dict(pods(full))
    assert {name.rpartition("-")[2] for name in found} == {"api", "worker", "migration"}
    for pod in found.values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/tmp", "/data"}


def test_no_secret_stands_outside_a_secret(full: list[Manifest]) -> None:
    secrets = read(CHART / "ci" / "full-values.yaml")["secret"]["values"]
    elsewhere = yaml.safe_dump([manifest for manifest in full if manifest["kind"] != "Secret"])
    assert not [name for name, value in secrets.items() if value in elsewhere]


def test_every_pod_that_stays_is_probed(minimal: list[Manifest]) -> None:
    for manifest in of(minimal, "Deployment"):
        (container,) = manifest["spec"]["template"]["spec"]["containers"]
        paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
        assert paths == {"startup": "/health/live", "liveness": "/health/live", "readiness": "/health/ready"}
        assert container["resources"]["limits"]["memory"]


def test_migrations_run_before_with_a_secret_of_their_own(minimal: list[Manifest]) -> None:
    (job,) = of(minimal, "Job")
    secret = job["spec"]["template"]["spec"]["containers"][0]["envFrom"][0]["secretRef"]["name"]
    (own,) = [one for one in of(minimal, "Secret") if one["metadata"]["name"] == secret]
    weights = []
    for manifest in (own, job):
        annotations = manifest["metadata"]["annotations"]
        assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert "before-hook-creation" in annotations["helm.sh/hook-delete-policy"]
        weights.append(int(annotations["helm.sh/hook-weight"]))
    assert weights[0] < weights[1]
    # the release's account is not there yet, either
    assert "serviceAccountName" not in job["spec"]["template"]["spec"]


def test_both_halves_scale_and_survive_a_drained_node(minimal: list[Manifest]) -> None:
    deployments = {manifest["metadata"]["name"]: manifest for manifest in of(minimal, "Deployment")}
    assert {one["spec"]["scaleTargetRef"]["name"] for one in of(minimal, "HorizontalPodAutoscaler")} == set(deployments)
    assert not [name for name, manifest in deployments.items() if "replicas" in manifest["spec"]]
    budgets = of(minimal, "PodDisruptionBudget")
    labels = [manifest["spec"]["template"]["metadata"]["labels"] for manifest in deployments.values()]
    assert len(budgets) == len(labels)
    for budget in budgets:
        wanted = budget["spec"]["selector"]["matchLabels"].items()
        assert sum(wanted <= one.items() for one in labels) == 1


def test_the_service_reaches_the_api_alone(minimal: list[Manifest]) -> None:
    (service,) = of(minimal, "Service")
    labels = {name: manifest for manifest in of(minimal, "Deployment") for name in [manifest["metadata"]["name"]]}
    reached = [
        name
        for name, manifest in labels.items()
        if service["spec"]["selector"].items() <= manifest["spec"]["template"]["metadata"]["labels"].items()
    ]
    assert reached == ["mem-palimpsest-api"]


def test_the_network_lets_in_whom_it_should_and_out_to_the_stores(full: list[Manifest]) -> None:
    policies = {policy["metadata"]["name"].rpartition("-")[2]: policy["spec"] for policy in of(full, "NetworkPolicy")}
    assert set(policies) == {"api", "worker", "migration"}
    assert policies["migration"]["ingress"] == []
    sources = {
        name: policies[name]["ingress"][0]["from"][0]["namespaceSelector"]["matchLabels"] for name in ("api", "worker")
    }
    assert sources["api"] == {"kubernetes.io/metadata.name": "ingress-nginx"}
    assert sources["worker"] == {"kubernetes.io/metadata.name": "monitoring"}
    for policy in policies.values():
        ports = {port["port"] for port in policy["egress"][0]["ports"]}
        assert {53, 7687, 6333, 6334, 6379} <= ports


def test_with_a_secret_of_the_operators_none_is_made(existing: list[Manifest]) -> None:
    assert not of(existing, "Secret")
    assert not of(existing, "Job")
    assert not of(existing, "ServiceAccount")
    for _, pod in pods(existing):
        assert pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "palimpsest-keys"}}]
        assert pod["serviceAccountName"] == "memory"
    assert sorted(one["spec"]["replicas"] for one in of(existing, "Deployment")) == [3, 5]


def test_a_changed_secret_starts_new_pods() -> None:
    case = CHART / "ci" / "minimal-values.yaml"

    def marks(*options: str) -> list[str]:
        return [
            one["spec"]["template"]["metadata"]["annotations"]["checksum/secret"]
            for one in of(rendered(case, *options), "Deployment")
        ]

    assert marks() == marks()
    assert not set(marks()) & set(marks("--set", "secret.values.NEO4J_PASSWORD=another"))


def test_the_operators_monitors_only_where_they_are_asked_for(full: list[Manifest], minimal: list[Manifest]) -> None:
    assert {manifest["kind"] for manifest in full} >= CUSTOM
    assert not {manifest["kind"] for manifest in minimal} & CUSTOM
