/** Numbers from 0 to 1, always the same ones. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Vectors that lie around some middles, as those of texts do; about normally distributed, always the same ones. */
export function clusteredVectors(
  count: number,
  dimensions: number,
  { clusters = 40, spread = 0.6, seed = 7 } = {},
): readonly (readonly number[])[] {
  const random = seededRandom(seed);
  const normal = (): number => random() + random() + random() + random() - 2;
  const middles = Array.from({ length: clusters }, () => Array.from({ length: dimensions }, normal));
  return Array.from({ length: count }, () => {
    const middle = middles[Math.floor(random() * clusters)] ?? [];
    return middle.map((value) => value + spread * normal());
  });
}
