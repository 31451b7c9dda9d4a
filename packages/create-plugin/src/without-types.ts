import { stripTypeScriptTypes } from 'node:module';

/** TypeScript as a person would have written it in JavaScript: the types are gone, and the gaps they leave. */
export function withoutTypes(code: string): string {
  const before = code.split('\n');
  const kept = stripped(code)
    .split('\n')
    .flatMap((line, at) => {
      if (line === before[at]) return [line];
      const closed = line
        .trim()
        .replace(/ +(?=[,;)\]])| {2,}(?=\()/g, '')
        .replace(/ {2,}/g, ' ');
      return closed === '' || closed === ';' ? [] : [`${/^ */.exec(line)?.[0]}${closed}`];
    });
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimStart();
}

/** Node says of each use that it is experimental, which is no news to who makes a plugin. */
function stripped(code: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(code);
  } finally {
    process.emitWarning = emitWarning;
  }
}
