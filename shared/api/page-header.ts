// How a page says that it is one.

/** Set by a page, whose log-in is its cookie. Pages of other sites cannot set it without being allowed to (Fetch, CORS). */
export const PAGE_HEADER = 'mirrorfleet-client'
