"""What tests of BigGAN share."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Tests run side by side; threads that wait for each other's cores would be far slower."""
    import torch  # here, since few of the tests beside it need it

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
