import type { HttpDeprecation } from '@agent-factory/sdk/contracts';

const day = /^\d{4}-\d{2}-\d{2}$/;

/** What is wrong with what a route says of its end; `undefined`: nothing. */
export function deprecationFault({ since, sunset, successor }: HttpDeprecation): string | undefined {
  for (const given of [since, sunset])
    if (given !== undefined && !(day.test(given) && isDay(given))) return `"${given}" is no day: 2026-11-29.`;
  if (sunset !== undefined && sunset < since) return 'it may be gone before it is deprecated.';
  return successor === undefined || /^\/[^\s<>"]*$/.test(successor)
    ? undefined
    : `"${successor}" is no path.`;
}

/** The headers of all its answers: `deprecation` (RFC 9745), `sunset` (RFC 8594) and a link to what takes its place. */
export function deprecationHeaders({
  since,
  sunset,
  successor,
}: HttpDeprecation): Readonly<Record<string, string>> {
  return {
    deprecation: `@${Date.parse(since) / 1000}`,
    ...(sunset !== undefined && { sunset: new Date(sunset).toUTCString() }),
    ...(successor !== undefined && { link: `<${successor}>; rel="successor-version"` }),
  };
}

function isDay(text: string): boolean {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
