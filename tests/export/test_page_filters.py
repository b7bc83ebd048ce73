"""The filters of the page's JavaScript, beside those of SciPy and NumPy."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser
from scipy import ndimage

from mlpcli.images.lighting import LEAST_RANGE, otsu, ring, shrink
from mlpcli.images.normalization import resize
from mlpcli.images.shaping import enlarge
from tests.support.browser import Watched
from tests.support.page_arrays import call, pack, run

SIZES = [(1, 1), (1, 9), (7, 1), (2, 3), (12, 17), (40, 31)]
MODES = ["reflect", "nearest"]
ANY = np.ones((3, 3), dtype=bool)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Watched]:
    """An empty page with the modules at hand."""
    watched = Watched(browser)
    yield watched
    assert [] == watched.messages
    watched.close()


def picture(size: tuple[int, int], seed: int = 0) -> NDArray[np.float64]:
    """Return random values, many of which are equal."""
    generator = np.random.default_rng([seed, *size])
    values: NDArray[np.float64] = np.round(generator.uniform(size=size) ** 3, 2)
    return values


def mask(size: tuple[int, int], share: float, seed: int = 0) -> NDArray[np.bool_]:
    """Return a random mask of which a share is set."""
    chosen: NDArray[np.bool_] = np.random.default_rng([seed, *size]).uniform(size=size) < share
    return chosen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("window", [1, 2, 3, 4, 5, 13])
def test_windows(page: Watched, size: tuple[int, int], mode: str, window: int) -> None:
    """Minimum, maximum and median are SciPy's, also under even windows wider than the picture."""
    given = picture(size)
    for name, expected in (
        ("minimumFilter", ndimage.minimum_filter),
        ("maximumFilter", ndimage.maximum_filter),
        ("medianFilter", ndimage.median_filter),
    ):
        found = call(page, "images/filters.js", name, given, window, mode)
        np.testing.assert_array_equal(expected(given, window, mode=mode), found, err_msg=name)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("sigma", [0.3, 1, 1.2, 2.5, 9.6])
def test_gaussian(page: Watched, size: tuple[int, int], sigma: float) -> None:
    """Gaussians and slopes are SciPy's, but for rounding."""
    given = picture(size)
    for mode in MODES:
        blurred = call(page, "images/filters.js", "gaussian", given, sigma, mode)
        expected = ndimage.gaussian_filter(given, sigma, mode=mode)
        np.testing.assert_allclose(expected, blurred, rtol=0, atol=1e-14)
    slopes = call(page, "images/filters.js", "gradientMagnitude", given, sigma)
    expected = ndimage.gaussian_gradient_magnitude(given, sigma)
    np.testing.assert_allclose(expected, slopes, rtol=0, atol=1e-14)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("reach", [1, 2, 5])
def test_dilate_and_erode(page: Watched, size: tuple[int, int], reach: int) -> None:
    """Masks are thickened and thinned as by SciPy, whatever lies beyond the border."""
    square = np.ones((2 * reach + 1,) * 2, dtype=bool)
    for share in (0.05, 0.95):
        given = mask(size, share)
        for outside in (0, 1):
            for name, expected in (
                ("dilate", ndimage.binary_dilation),
                ("erode", ndimage.binary_erosion),
            ):
                found = call(page, "images/masks.js", name, given, reach, outside)
                correct = expected(given, square, border_value=outside)
                np.testing.assert_array_equal(correct, found, err_msg=f"{name} {outside}")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.2, 0.4, 0.9])
def test_connected_parts(page: Watched, size: tuple[int, int], share: float) -> None:
    """Parts have the numbers that SciPy gives them."""
    given = mask(size, share)
    expected, _count = ndimage.label(given, ANY)
    found = call(page, "images/masks.js", "connectedParts", given)
    np.testing.assert_array_equal(expected, found)


@pytest.mark.parametrize("size", [size for size in SIZES if size != (1, 1)])
@pytest.mark.parametrize("share", [0.2, 0.9, 0.99])
def test_distances(page: Watched, size: tuple[int, int], share: float) -> None:
    """Distances are exact."""
    given = mask(size, share)
    given[0, -1] = False
    expected = ndimage.distance_transform_edt(given)
    found = call(page, "images/masks.js", "distancesInside", given)
    np.testing.assert_array_equal(expected, found)


@pytest.mark.parametrize("size", SIZES)
def test_resize(page: Watched, size: tuple[int, int]) -> None:
    """Areas are averaged, and digits enlarged, to the last bit as in Python."""
    given = picture(size)
    for height, width in ((1, 1), (5, 20), (20, 13), (53, 80)):
        found = call(page, "images/resizing.js", "resize", given, height, width)
        np.testing.assert_array_equal(resize(given, height, width), found)
    for pixels in (1, 19, 80):
        found = call(page, "images/resizing.js", "shrink", given, pixels)
        np.testing.assert_array_equal(shrink(given, pixels), found)
        found = call(page, "images/resizing.js", "enlarge", given, pixels)
        np.testing.assert_array_equal(enlarge(given, pixels), found)


@pytest.mark.parametrize("size", SIZES)
def test_numbers(page: Watched, size: tuple[int, int]) -> None:
    """Medians, quantiles and Otsu's threshold are those of Python, and so is the border."""
    given = picture(size)
    code = """
        const { median, otsu, quantile, standardDeviation } = await load("images/statistics.js");
        const { ringOf } = await load("images/polarity.js");
        const picture = unpack(argument.picture);
        return {
          median: median(picture.data),
          quantiles: argument.shares.map((share) => quantile(picture.data, share)),
          otsu: otsu(picture.data, argument.leastRange),
          ring: [...ringOf(picture, argument.band)],
          deviation: standardDeviation(picture.data),
        };
    """
    shares, band = [0, 0.02, 0.15, 0.5, 0.85, 0.9, 0.995, 1], 0.2
    argument = {"picture": pack(given), "shares": shares, "leastRange": LEAST_RANGE, "band": band}
    found = run(page, code, argument)
    assert np.median(given) == found["median"]
    np.testing.assert_array_equal(np.quantile(given, shares), found["quantiles"])
    assert pytest.approx(otsu(given), rel=1e-12) == found["otsu"]
    np.testing.assert_array_equal(ring(given, band), found["ring"])
    assert pytest.approx(given.std(), abs=1e-15) == found["deviation"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (0.49, 0), (0.51, 1), (7, 7)],
)
def test_rounding(page: Watched, value: float, expected: int) -> None:
    """A half is rounded to the even number, as Python does."""
    code = 'return (await load("images/picture.js")).roundHalfEven(argument)'
    found: Any = page.run(code, value)
    assert expected == found == round(value)
