/** How much an expression may be and do. What is over is refused or stopped, never cut. */
export const limits = {
  /** UTF-16 code units of its text. */
  source: 4096,
  /** Parentheses, brackets, calls and conditionals within each other. */
  depth: 64,
  /** Operators or fields in one chain: `a + b + …`, `a.b.…`. */
  chain: 200,
  /** Levels of values that are compared or given. */
  levels: 100,
  /** Steps of one evaluation: about one for each operation, item looked at and 8 characters handled. */
  steps: 250_000,
  /** UTF-16 code units of a text it makes. */
  text: 100_000,
  /** Items of a list or map it makes. */
  items: 10_000,
  /** Values in its result, all levels together. */
  result: 50_000,
  /** UTF-16 code units of a regular expression. */
  pattern: 256,
  /** Instructions all its regular expressions compile to, together; `a{100}` makes a hundred. */
  instructions: 1500,
  /** Instructions times characters of a text, of one match outside of an expression. */
  matching: 50_000_000,
} as const;

/** What an error costs, in steps: making one takes as long as so many operations. */
export const failureSteps = 150;
