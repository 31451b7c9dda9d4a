// The smallest plugin there is: what it costs is what isolation costs.
const echo = {
  name: 'echo',
  description: 'Gives back what it is given.',
  input: { type: 'object' },
  effect: 'pure',
  run: async (given) => given,
};

export default { setup: (ctx) => ctx.contribute({ id: 'tool' }, echo) };
