"""The URL of a Redis, a cluster or Sentinels, parsed."""

import pytest

from core.turns.redis_url import SCHEMES, SEEDS_MAX, RedisUrl, Seed

USER = {"username": "siti", "password": "p/ss"}
READ = {
    "redis://h": ("", [("h", 6379)], {}, ""),
    "redis://siti:p%2Fss@h:1/3": ("", [("h", 1)], {**USER, "db": 3}, ""),
    "unix:///run/s": ("", [], {}, ""),
    "redis+cluster://": ("cluster", [("localhost", 6379)], {}, ""),
    "redis+cluster://siti:p%2Fss@H:1,i,[::1]:2/0": (
        "cluster",
        [("h", 1), ("i", 6379), ("::1", 2)],
        {**USER, "db": 0},
        "",
    ),
    "redis+sentinel://h,i:1/na%20me": ("sentinel", [("h", 26379), ("i", 1)], {}, "na me"),
    "redis+sentinel://siti:p%2Fss@h/name/3?sentinel_password=q": (
        "sentinel",
        [("h", 26379)],
        {**USER, "db": 3, "sentinel_password": "q"},
        "name",
    ),
}


@pytest.mark.parametrize("url", READ)
def test_what_a_url_says_is_read(url):
    kind, seeds, options, master = READ[url]
    read = RedisUrl.of(url)
    assert (read.kind, list(read.seeds), read.master) == (
        kind,
        [Seed(*one) for one in seeds],
        master,
    )
    assert read.options == options
    assert not read.tls
    assert read.hosts() == [host for host, _ in seeds] or read.hosts() == [""]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_letter_more_is_tls(scheme):
    assert RedisUrl.of(f"{scheme}://h/name").tls == scheme.startswith("rediss")


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
def test_seeds_have_a_bound(kind):
    def url(seeds):
        return f"redis+{kind}://{','.join(f'h{n}' for n in range(seeds))}/" + "name" * (
            kind == "sentinel"
        )

    assert len(RedisUrl.of(url(SEEDS_MAX)).seeds) == SEEDS_MAX
    with pytest.raises(ValueError, match=str(SEEDS_MAX)):
        RedisUrl.of(url(SEEDS_MAX + 1))


@pytest.mark.parametrize("url", ["redis://u:secret@h:x", "redis+sentinel://u:secret@h,i/"])
def test_a_password_is_not_shown(url):
    with pytest.raises(ValueError, match=r"should|none") as told:
        RedisUrl.of(url)
    assert "secret" not in str(told.value)
    assert "secret" not in repr(
        RedisUrl.of("redis+sentinel://u:secret@h/n?sentinel_password=secret")
    )
