/** Takes a message. */
export type OnMessage = (kind: number, id: number, target: number, text: string) => void;

/**
 * A message as one line: its numbers in decimal, each with a space behind it, and its text, which is JSON or nothing
 * and so holds no line break. It uses nothing from outside itself, so that its text runs in another realm too.
 */
export function lineOf(kind: number, id: number, target: number, text: string): string {
  return `${kind} ${id} ${target} ${text}\n`;
}

/**
 * Reads the line of a text that begins at `from`; where the next one begins, or -1 when there is no message. It uses
 * nothing from outside itself, as {@link lineOf}.
 */
export function readLine(text: string, from: number, take: OnMessage): number {
  const end = text.indexOf('\n', from);
  let kind = 0;
  let id = 0;
  let number = 0;
  let spaces = 0;
  for (let at = from; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit < 10) number = number * 10 + digit;
    else if (digit !== -16 || number > 0xffff_ffff) return -1;
    else {
      spaces += 1;
      if (spaces === 1) kind = number;
      else if (spaces === 2) id = number;
      else {
        take(kind, id, number, text.slice(at + 1, end));
        return end + 1;
      }
      number = 0;
    }
  }
  return -1;
}
