// rsync's lists of filter rules in files, as a list of rules. Pure.

/** The rules in the text of a file for `--exclude-from` or `--filter='merge …'`: a line without a word for its kind excludes. */
export function readFilterLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !/^[#;]/.test(line))
    .map((line) => (/^([-+HSPR]|exclude|include|hide|show|protect|risk) /.test(line) ? line : `exclude ${line}`))
}
