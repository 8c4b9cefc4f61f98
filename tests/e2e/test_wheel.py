"""The wheel, alone: built from the checkout, unpacked elsewhere, and used without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        out,
        CHECKOUT,
    ]
    subprocess.run(command, check=True, capture_output=True)
    [built] = out.glob("numbatch-*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_carries_templates_types_and_sql_and_nothing_of_the_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {"batch/templates/brand.toml", "batch/py.typed", "batch/ledger/sqlite/schema.sql"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "samples/"))]


@pytest.mark.slow
def test_the_wheel_works_where_the_checkout_is_not(wheel, tmp_path):
    site, home = tmp_path / "site", tmp_path / "home"
    zipfile.ZipFile(wheel).extractall(site)
    home.mkdir()
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(site)}

    def python(*arguments):
        return subprocess.run(
            [sys.executable, *arguments], check=False, cwd=tmp_path, env=environ, capture_output=True, text=True
        )

    where = python("-c", "import batch, batch.templates as t; print(batch.__file__, t.template_path('brand.toml'))")
    assert where.stdout.count(str(site)) == 2, where.stdout + where.stderr
    (tmp_path / "orders.csv").write_text("Number,Type,URI\n12025550100,SIP,a@sbc.example.net\n")
    bought = python("-m", "batch", "run", "orders.csv", "--simulate", "--speed", "100")
    assert bought.returncode == 0, bought.stderr
    assert (tmp_path / "orders-rehearsal.xlsx").exists()
