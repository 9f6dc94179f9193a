// What every kind of message to people has in common.

/** Plain text. `subject` is one line. */
export interface Message {
  subject: string
  text: string
}

/** One way to reach people. Its name has no secret in it. */
export interface Channel {
  name: string
  /** @throws {Error} when it was not accepted; its message has no secret in it. */
  send: (message: Message, signal: AbortSignal) => Promise<void>
}
