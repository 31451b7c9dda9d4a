const byteOrderMark = 0xfeff;

/** Takes the text of an event stream in any pieces and gives the data of each event that is whole. */
export interface SseReader {
  /** Events completed by `text`. */
  feed(text: string): string[];
  /** The event the stream ended in, if its data had come: some servers leave out the last empty line. */
  end(): string[];
}

/**
 * Reads server-sent events (WHATWG HTML, 9.2.6): LF, CR and CRLF, comments, data of several lines. Only data
 * is of interest here.
 */
export function createSseReader(): SseReader {
  let rest = '';
  let data: string | undefined;
  let held = false;
  let first = true;

  const takeLine = (line: string, events: string[]): void => {
    if (line === '') {
      if (data !== undefined) events.push(data);
      data = undefined;
    } else if (line.startsWith('data:')) {
      const value = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
      data = data === undefined ? value : `${data}\n${value}`;
    } else if (line === 'data') data = data === undefined ? '' : `${data}\n`;
  };

  return {
    feed(text) {
      let fresh = held ? `\r${text}` : text;
      held = fresh.endsWith('\r'); // it may be half of a CRLF
      if (held) fresh = fresh.slice(0, -1);
      if (fresh.includes('\r')) fresh = fresh.replace(/\r\n?/g, '\n');
      if (first && fresh !== '') {
        first = false;
        if (fresh.charCodeAt(0) === byteOrderMark) fresh = fresh.slice(1);
      }
      const events: string[] = [];
      let from = 0;
      for (let at = fresh.indexOf('\n'); at >= 0; at = fresh.indexOf('\n', from)) {
        const line = fresh.slice(from, at);
        takeLine(rest === '' ? line : rest + line, events);
        rest = '';
        from = at + 1;
      }
      rest += from === 0 ? fresh : fresh.slice(from);
      return events;
    },
    end() {
      const events: string[] = [];
      takeLine(rest, events);
      rest = '';
      takeLine('', events);
      return events;
    },
  };
}
