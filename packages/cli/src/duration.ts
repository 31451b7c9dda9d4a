import { errors } from './errors.ts';

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `30s`, `90m`, `24h`, `7d`, or 0, in milliseconds.
 *
 * @param least - how many milliseconds it must be
 * @throws AF_CLI_DURATION_INVALID
 */
export function duration(text: string, option: string, least = 0): number {
  const [, count, unit = 'h'] = /^(\d{1,6})([smhd])?$/.exec(text) ?? [];
  const ms = Number(count) * (units[unit] ?? 0);
  if (count !== undefined && ms >= least) return ms;
  const bound = least > 0 ? `at least ${least / 1_000}s` : '0 is none';
  throw errors.AF_CLI_DURATION_INVALID({ option, text, bound });
}
