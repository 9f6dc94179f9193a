// An error that needs no stack: its message says what is wrong, and what to do.

export class ExpectedError extends Error {}
