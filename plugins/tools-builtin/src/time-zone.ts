import { errors } from './errors.ts';

/** Large cities that have no time zone of their own name. */
const cities: readonly (readonly [zone: string, names: readonly string[]])[] = [
  ['Africa/Johannesburg', ['cape town', 'pretoria']],
  ['America/Chicago', ['dallas', 'houston']],
  ['America/Los_Angeles', ['las vegas', 'san francisco', 'seattle']],
  ['America/New_York', ['atlanta', 'boston', 'miami', 'nyc', 'philadelphia', 'washington', 'washington dc']],
  ['America/Sao_Paulo', ['rio de janeiro']],
  ['America/Toronto', ['montreal']],
  ['Asia/Dubai', ['abu dhabi']],
  ['Asia/Ho_Chi_Minh', ['hanoi', 'ho chi minh city']],
  ['Asia/Jerusalem', ['tel aviv']],
  ['Asia/Kolkata', ['bangalore', 'chennai', 'delhi', 'mumbai', 'new delhi']],
  ['Asia/Shanghai', ['beijing', 'shenzhen']],
  ['Asia/Tokyo', ['osaka']],
  ['Europe/Berlin', ['cologne', 'frankfurt', 'hamburg', 'munich']],
  ['Europe/Madrid', ['barcelona']],
  ['Europe/Moscow', ['saint petersburg', 'st petersburg']],
  ['Europe/Rome', ['milan']],
  ['Europe/Zurich', ['geneva']],
  ['Pacific/Auckland', ['wellington']],
];

/** Zones that Intl still lists under the names they had before. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['America/Godthab', 'America/Nuuk'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Europe/Kiev', 'Europe/Kyiv'],
]);

let zonesByCity: ReadonlyMap<string, string> | undefined;

/**
 * The time zone meant by an IANA name (`Asia/Tokyo`), a city's common name (`São Paulo`, `Tokyo, Japan`) or an
 * offset (`+02:00`).
 */
export function findTimeZone(name: string): string {
  const wanted = fold(name);
  const city = fold(name.split(',')[0] ?? '');
  zonesByCity ??= collectCities();
  const found = zonesByCity.get(wanted) ?? zonesByCity.get(city) ?? known(name.trim());
  if (found !== undefined) return found;
  throw errors.AF_TOOLS_BUILTIN_TIME_ZONE_UNKNOWN({ name, suggestions: suggest(city).join(', ') });
}

/** Every zone under its whole name and under its cities'. */
function collectCities(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (name: string, zone: string): void => {
    if (!found.has(fold(name))) found.set(fold(name), zone);
  };
  const listed = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  for (const old of listed) {
    const zone = renamed.get(old) ?? old;
    add(old, zone);
    add(zone, zone);
  }
  for (const [zone, names] of cities) for (const name of names) add(name, zone);
  for (const old of listed) {
    const zone = found.get(fold(old)) ?? old;
    add(zone.slice(zone.lastIndexOf('/') + 1), zone);
    add(old.slice(old.lastIndexOf('/') + 1), zone);
  }
  return found;
}

/** Aliases (`US/Eastern`, `CET`) and offsets are known to Intl, but not in its list. */
function known(name: string): string | undefined {
  try {
    const zone = new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone;
    return renamed.get(zone) ?? zone;
  } catch {
    return undefined;
  }
}

function suggest(city: string): readonly string[] {
  const near = [...(zonesByCity ?? new Map<string, string>())]
    .filter(([folded]) => city.length > 2 && folded.includes(city.slice(0, 4)))
    .map(([, zone]) => zone);
  return [...new Set([...near.slice(0, 3), 'Europe/Oslo', 'America/New_York'])].slice(0, 4);
}

function fold(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[_.\s]+/g, ' ')
    .trim()
    .toLowerCase();
}
