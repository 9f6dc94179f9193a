// What each master says of itself. Masters of earlier versions neither write nor read it.

export const masterReport = `
ALTER TABLE master ADD COLUMN report json;
`
