"""nginx's allow-list from Terraform's ip_allowlist."""

import subprocess

import ip_allowlist
import pytest
from conftest import APP


def test_an_empty_list_lets_everybody_in_and_is_what_is_shipped():
    for text in ("", "  "):
        assert ip_allowlist.directives(text).splitlines()[-1] == "allow all;"
    shipped = (APP / "nginx/ip-allowlist.conf").read_text()
    assert [line for line in shipped.splitlines() if not line.startswith("#")] == ["allow all;"]


def test_the_runbooks_list_lets_in_these_and_nobody_else():
    lines = ip_allowlist.directives("203.0.113.5/32, 198.51.100.0/24,2001:db8::/32,").splitlines()
    assert lines[1:] == ["allow 203.0.113.5/32;", "allow 198.51.100.0/24;",
                         "allow 2001:db8::/32;", "deny all;"]


@pytest.mark.parametrize("text, words", [
    ("203.0.113.5/24", "write 203.0.113.0/24"),
    ("203.0.113.5, example.com", "'example.com' is no address"),
    ("203.0.113.5; deny all", "no address"),
    (",", "write an empty list"),
])
def test_a_wrong_entry_is_named_and_nothing_is_written(tmp_path, text, words):
    path = tmp_path / "list.conf"
    path.write_text("as it was")
    done = subprocess.run([APP / "nginx/ip_allowlist.py", text, path], capture_output=True, text=True)
    assert done.returncode == 2
    assert words in done.stderr, done.stderr
    assert path.read_text() == "as it was"
    assert [each.name for each in tmp_path.iterdir()] == ["list.conf"]


def test_the_file_is_written_whole_for_nginx_to_read(tmp_path):
    path = tmp_path / "list.conf"
    subprocess.run([APP / "nginx/ip_allowlist.py", "192.0.2.0/24", path], check=True)
    assert path.read_text() == ip_allowlist.directives("192.0.2.0/24")
    assert path.stat().st_mode & 0o777 == 0o644
