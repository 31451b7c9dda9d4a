/** Where a moment stands: the days and months of UTC begin and end here, in milliseconds since the epoch. */
export interface Periods {
  readonly day: number;
  readonly dayEnd: number;
  readonly month: number;
  readonly monthEnd: number;
}

const dayMs = 86_400_000;

/** The day and the month of a moment. */
export function periodsOf(at: number): Periods {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const day = Math.floor(at / dayMs) * dayMs;
  return { day, dayEnd: day + dayMs, month: Date.UTC(year, month), monthEnd: Date.UTC(year, month + 1) };
}
