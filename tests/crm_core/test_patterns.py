import re

import pytest

from crm_core import patterns


def test_a_later_pattern_finds_what_a_compiled_one_finds():
    later = patterns.later(r"(?P<day>\d{1,2})号", re.IGNORECASE)
    found = later.search("预计25号签")
    assert found is not None
    assert found.group("day") == "25"
    assert [found.group() for found in later.finditer("3号到5号")] == ["3号", "5号"]
    assert later.sub("日", "3号") == "日"
    assert later.pattern == r"(?P<day>\d{1,2})号"


def test_a_wrong_pattern_is_found_at_its_first_use():
    later = patterns.later("(")
    with pytest.raises(re.error):
        later.search("x")
