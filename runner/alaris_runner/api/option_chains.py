"""Chains of several stocks, by their canonical symbols, with one frame of them all."""

from __future__ import annotations

from typing import Any

from alaris_runner.api.chains import OptionChain
from alaris_runner.api.slices import DataDictionary


class OptionChains(DataDictionary[OptionChain]):
    """Chains by canonical symbol.

    Parameters
    ----------
    flatten : bool
        Whether the frame has a row a contract, by canonical symbol and contract, or a row a chain.
    """

    def __init__(self, *chains: OptionChain, flatten: bool = False) -> None:
        super().__init__({chain.symbol: chain for chain in chains})
        self._flatten = flatten

    @property
    def data_frame(self) -> Any:
        """Frames of the chains one below the other; an empty frame if there is none."""
        import pandas as pd  # noqa: PLC0415 - pandas is imported only for who asks for a frame

        from alaris_runner.api.frames import chain_frame  # noqa: PLC0415 - it imports pandas

        frames = {chain.symbol: chain_frame(chain, flatten=self._flatten) for chain in self.values()}
        if not frames:
            return pd.DataFrame()
        if not self._flatten:
            return pd.concat(list(frames.values()))
        return pd.concat(list(frames.values()), keys=list(frames), names=["canonical", "symbol"])
