import pytest
from zbench.peers import build as peer_build
from zbench.peers import catalogue as peers


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """Peers are looked for and built as if nobody had done so before."""
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(peers.VARIABLE, raising=False)
    peer_build.probe.cache_clear()
