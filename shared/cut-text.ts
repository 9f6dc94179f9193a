// Cuts a text that is too long: pure.

const HALF_A_CHARACTER = /[\ud800-\udbff]$/

/** The text, or its beginning with an ellipsis: at most so many characters, of which none is halved. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(HALF_A_CHARACTER, '')}…`
}
