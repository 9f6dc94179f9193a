// Whether a disk has little room left: pure.

/** A disk with less than this share free is nearly full, whatever its size. */
const LOW_SHARE = 0.03
/** Of a large disk three percent is plenty still. */
const MOST_LOW_BYTES = 100 * 1024 ** 3

/** All in bytes; syncs stop at `floorBytes`. */
export function isLow(free: number, size: number, floorBytes: number): boolean {
  return free < Math.max(2 * floorBytes, Math.min(size * LOW_SHARE, MOST_LOW_BYTES))
}
