import random
import secrets

import pytest


@pytest.fixture
def pick():
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    return random.Random(seed)
