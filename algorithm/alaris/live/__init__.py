"""The embedded runner live on a broker's account: feed, order path, reconciliation, recording and replay."""
