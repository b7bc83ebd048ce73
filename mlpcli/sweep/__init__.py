"""Many runs of one configuration: what varies, the runs, and what came of them."""
