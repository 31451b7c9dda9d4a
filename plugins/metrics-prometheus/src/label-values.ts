/** What stands for every value beyond those that are told apart. */
export const otherValue = 'other';

/**
 * Keeps a label from taking any number of values. The first that come are told apart and all others counted together:
 * tenants make tools and agents name models, and each value is a series that is kept for good.
 */
export function createLabelValues(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most) return otherValue;
    known.add(value);
    return value;
  };
}
