"""docs/architecture.md tells the truth."""

import re

from tests.architecture.page import PAGE, ROOT, written

TEXT = PAGE.read_text()


def test_the_pictures_and_tables_follow_from_the_code():
    assert written(TEXT) == TEXT, "run python -m tests.architecture.page"


def test_every_path_in_the_page_exists():
    paths = re.findall(r"`((?:core|workbench|scenarios|reports|tests|docs)/[\w/.-]*)`", TEXT)
    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_link_in_the_page_resolves():
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
