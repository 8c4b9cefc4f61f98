"""Whatever the network does to a request, the workbook says what the provider's record says, and nothing is bought twice.

Between the real command and the simulator stands a proxy that breaks the connection in a way of its own for each number.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from email.utils import formatdate

import pytest
from support.breakages import HONEST, WAYS, closes, executed, late, lost, resets, says
from support.command import Command
from support.line import line, told
from support.proxy import Door, answer, on, on_purchases

pytestmark = pytest.mark.slow


def status(code: str, *headers: str):
    """Never executed, and answered with this status."""
    return lost(says(answer(b"", *headers, status=code)))


def returns(code: int):
    """Never executed, and answered with this code."""
    return lost(says(answer(b'{"DATA":[{"RETURN":%d}]}' % code)))


# One request ---------------------------------------------------------------------------------------------------------


def test_every_answer_that_is_lost_or_broken_ends_true_with_one_charge_and_no_send_too_many(tmp_path):
    ways = [(way, carried_out) for way in WAYS.values() for carried_out in (executed, lost)]
    with line(tmp_path, 1 + len(ways) + len(HONEST)) as wire:
        broken, odd = wire.numbers[1 : 1 + len(ways)], wire.numbers[1 + len(ways) :]
        script = {number: [carried_out(way)] for number, (way, carried_out) in zip(broken, ways, strict=True)}
        script |= {number: [executed(way)] for number, way in zip(odd, HONEST.values(), strict=True)}
        wire.proxy.faults = on_purchases(script)
        done = wire.run()
        assert done.returncode in {0, 6}, done.stderr
        sent = wire.proxy.purchases()
        for number, (_, carried_out) in zip(broken, ways, strict=True):
            assert sent[number] == (2 if carried_out is lost else 1), number
        assert {sent[number] for number in odd} == {1}
        assert any(one.reused and one.number in broken for one in wire.proxy.seen), (
            "none met a connection that was kept"
        )
        wire.finish(runs=2)


@pytest.mark.parametrize("seconds", [0.0, 0.2])
def test_a_request_that_is_read_when_the_client_has_long_gone_is_found_and_not_sent_again(tmp_path, seconds):
    with line(tmp_path, 12) as wire:
        wire.numbatch.environ["NUMBATCH_RESOLVE_HORIZON"] = "2s"
        wire.proxy.faults = on_purchases({number: [late(seconds)] for number in wire.numbers[2:8]})
        done = wire.run()
        assert done.returncode == 0, done.stderr
        assert set(wire.proxy.purchases().values()) == {1}
        wire.finish()


def test_a_kept_connection_that_is_closed_as_the_next_request_comes_costs_no_purchase(tmp_path):
    with line(tmp_path, 30) as wire:
        faults = {"closed": closes, "reset": resets}
        script = {
            number: [(executed if turn % 2 else lost)(faults["reset" if turn % 4 < 2 else "closed"])]
            for turn, number in enumerate(wire.numbers[9:])
        }
        wire.proxy.faults = lambda seen: on_purchases(script)(seen) if seen.reused else None
        wire.run()
        assert sum(one.reused and one.number in script for one in wire.proxy.seen) > 0
        assert max(wire.proxy.purchases().values()) <= 3
        wire.finish(runs=2)


def test_a_provider_that_hangs_up_after_every_answer_sells_everything_once(tmp_path):
    with line(tmp_path, 30) as wire:
        wire.proxy.faults = on("buynumbers", executed(HONEST["closed afterwards"]))
        assert wire.run().returncode in {0, 6}
        wire.finish(runs=2)


def test_a_number_is_sent_without_an_answer_no_more_often_than_max_attempts(tmp_path):
    with line(tmp_path, 8) as wire:
        unlucky = wire.numbers[3]
        wire.proxy.faults = on_purchases({unlucky: [lost(closes)] * 10})
        done = wire.run()
        assert done.returncode == 4, done.stderr
        assert wire.proxy.purchases()[unlucky] == 3
        assert told(done)["counts"]["not sent"] == 1
        wire.finish()


# All requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", [Door.REFUSES, Door.RESETS, Door.MUTE, Door.BLACK_HOLE], ids=lambda door: door.name)
def test_a_network_that_fails_amid_a_run_halts_it_and_no_number_is_sent_twice(tmp_path, door):
    with line(tmp_path, 40) as wire:
        fallen = []

        def fifth(_seen):
            if fallen or sum(wire.proxy.purchases().values()) < 5:
                return None
            fallen.append(door)
            return wire.proxy.falls(door)

        wire.proxy.faults = fifth
        done = wire.run()
        assert done.returncode in {5, 6}, done.stderr
        assert f"the provider at {wire.host} has not answered for" in told(done)["halt_reason"]
        sent = wire.proxy.purchases()
        assert max(sent.values()) == 1
        assert len(sent) <= 5 + 8
        wire.finish()


def test_an_outage_in_which_everything_is_executed_and_nothing_answered_sends_no_row_again(tmp_path):
    with line(tmp_path, 40) as wire:
        wire.proxy.faults = lambda seen: executed(closes) if sum(wire.proxy.purchases().values()) > 5 else None
        assert wire.run().returncode == 6
        wire.run()
        sent = wire.proxy.purchases()
        assert sum(sent.values()) <= 1.1 * len(sent)
        wire.finish()


def test_nothing_is_sent_where_nobody_listens(tmp_path):
    with line(tmp_path, 4) as wire:
        wire.proxy.receive(Door.REFUSES)
        done = wire.run()
        assert done.returncode == 5
        assert "ECONNREFUSED" in told(done)["halt_reason"]
        assert set(wire.statuses().values()) == {"not sent"}
        wire.finish()


@pytest.mark.parametrize("code", [99, 100, -55, -1650])
def test_after_the_account_was_refused_nothing_leaves_but_what_was_on_its_way(tmp_path, code):
    with line(tmp_path, 40) as wire:
        wire.proxy.faults = lambda seen: returns(code) if sum(wire.proxy.purchases().values()) > 10 else None
        done = wire.run()
        assert done.returncode == 5, done.stderr
        assert f"({code})" in told(done)["halt_reason"]
        assert sum(wire.proxy.purchases().values()) <= 11 + 7
        wire.finish()


@pytest.mark.parametrize(
    ("code", "carried_out", "function"),
    [
        ("302 Found", executed, "buynumbers"),
        ("307 Temporary Redirect", lost, "buynumbers"),
        ("301 Moved", lost, "getdidinfo"),
    ],
)
def test_a_redirect_halts_and_whom_it_names_hears_nothing(tmp_path, code, carried_out, function):
    with line(tmp_path, 20) as wire, line(tmp_path / "other", 1) as other:
        away = carried_out(says(answer(b"", f"Location: {other.proxy.base_url}/{function}/", status=code)))
        broken = on_purchases({wire.numbers[2]: [executed(closes)]})
        wire.proxy.faults = lambda seen: away if seen.function == function else broken(seen)
        done = wire.run()
        assert done.returncode in {5, 6}, done.stderr
        assert "a redirect, which is never followed: see whether base_url is right" in told(done)["halt_reason"]
        assert other.proxy.connections == 0
        wire.finish()
        assert other.proxy.connections == 0


# Pauses --------------------------------------------------------------------------------------------------------------


def test_a_wish_for_a_pause_in_whatever_form_is_heeded_and_nothing_is_bought_twice(tmp_path):
    soon, past = (formatdate(time.time() + shift, usegmt=True) for shift in (1.5, -500))
    wishes = [("Retry-After: 2",), (), ("Retry-After: 0",), (f"Retry-After: {soon}",), (f"Retry-After: {past}",)]
    wishes += [("Retry-After: soon",), ("Retry-After: -5",), ("Retry-After: 0", "Retry-After: soon")]
    with line(tmp_path, 40) as wire:
        wire.numbatch.environ["NUMBATCH_OUTAGE_GIVE_UP_AFTER"] = "20s"
        codes = ["429 Too Many Requests", "503 Service Unavailable"]
        script = {
            number: [status(codes[turn % 2], *wishes[turn // 2])] for turn, number in enumerate(wire.numbers[3:19])
        }
        wire.proxy.faults = on_purchases(script)
        done = wire.run()
        assert done.returncode == 0, done.stderr
        assert "the provider asks for fewer requests" in done.stderr
        asked = next(one.at for one in wire.proxy.seen if one.number == wire.numbers[3])
        assert [one for one in wire.proxy.seen if asked + 1.0 < one.at < asked + 1.9] == []
        assert max(wire.proxy.purchases().values()) == 2
        wire.finish()


@pytest.mark.parametrize("code", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_provider_that_is_only_ever_busy_is_given_up(tmp_path, code):
    with line(tmp_path, 12) as wire:
        wire.proxy.faults = on("buynumbers", status(code))
        done = wire.run()
        assert done.returncode in {5, 6}
        assert "'busy' or 'too many requests' for" in told(done)["halt_reason"]
        wire.finish()


def test_a_pause_of_years_can_be_interrupted_and_the_next_run_goes_on(tmp_path):
    with line(tmp_path, 12) as wire:
        wire.proxy.faults = on_purchases({wire.numbers[3]: [status("503 Busy", "Retry-After: 99999999999")]})
        process = wire.numbatch.start("run", "orders.csv", "--no-prices")
        words = ""
        while "asks for fewer requests" not in words:
            words = process.stderr.readline()
            assert words, "it ended instead of pausing"
        assert "seconds=3600" in words
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 130
        wire.finish()


def test_no_more_requests_arrive_in_a_second_than_the_rate_allows(tmp_path):
    with line(tmp_path, 50) as wire:
        script = {
            number: [executed(closes) if turn % 2 else lost(closes)] for turn, number in enumerate(wire.numbers[5:15])
        }
        wire.proxy.faults = on_purchases(script)
        done = wire.run("--rate", "25", "--workers", "2")
        assert done.returncode in {0, 6}
        assert len(wire.proxy.seen) > 60
        assert wire.proxy.most_within(0.9) <= 25  # a tenth is left to a busy machine, where two may arrive at once
        wire.finish(runs=2)


# Where the provider is -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize(("listens", "named"), [("::1", "[::1]"), ("127.0.0.1", "localhost")])
def test_either_family_of_addresses_is_this_machine(tmp_path, listens, named):
    with line(tmp_path, 6, host=listens) as wire:
        wire.numbatch.environ["NUMBATCH_BASE_URL"] = f"http://{named}:{wire.proxy.port}/json"
        wire.finish()


def test_a_host_on_this_machine_that_is_no_simulator_must_be_called_live_or_rehearsal(tmp_path):
    with line(tmp_path, 6, shows_itself=False) as wire:
        done = wire.run(env={"NUMBATCH_ENVIRONMENT": ""})
        assert done.returncode == 2
        assert f"{wire.host} does not show itself to be the simulator" in done.stderr
        assert wire.proxy.purchases().total() == 0
        wire.finish()


def without_network(numbatch: Command, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where there is no network at all, not even to ask for a name."""
    words = ["unshare", "-rn", *numbatch.words(*arguments)]
    return subprocess.run(words, env=numbatch.env(), cwd=numbatch.cwd, capture_output=True, text=True, check=False)


def test_a_live_run_whose_host_is_not_found_sends_nothing_and_goes_on_through_a_tunnel(tmp_path):
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("network namespaces are not allowed here")
    with line(tmp_path, 12, shows_itself=False) as wire:
        tunnel = wire.proxy.base_url
        wire.results_name = "orders-results.xlsx"
        wire.arguments += ("--yes", "--max-numbers", "12")
        wire.numbatch.environ |= {"NUMBATCH_ENVIRONMENT": "live", "NUMBATCH_BASE_URL": "https://numbatch.invalid/json"}
        assert wire.run().returncode == 2, "a live ledger is made by init alone"
        founded = wire.numbatch("init", "--offline")
        assert founded.returncode == 0, founded.stderr
        done = without_network(wire.numbatch, "run", "orders.csv", "--json", *wire.arguments)
        assert done.returncode == 5, done.stderr
        assert "numbatch.invalid:443 has not answered" in told(done)["halt_reason"]
        assert "the provider's host name is not found" in told(done)["halt_reason"]
        wire.numbatch.environ["NUMBATCH_BASE_URL"] = tunnel
        wire.proxy.faults = on_purchases({number: [executed(resets)] for number in wire.numbers[2:5]})
        assert told(wire.run())["environment"] == "live"
        wire.finish(runs=2)
