/** A value of somebody else's JSON as text; `otherwise` where it is none. */
export function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

/** Why a registry refused, as far as it says. */
export function reasonIn(bytes: Uint8Array, otherwise: string): string {
  try {
    const { detail, error, message } = Object(
      JSON.parse(Buffer.from(bytes.subarray(0, 10_000)).toString('utf8')),
    ) as Record<string, unknown>;
    return textOr(detail, textOr(error, textOr(message, otherwise)));
  } catch {
    return otherwise;
  }
}
