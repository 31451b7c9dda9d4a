const rollDice = {
  name: 'roll_dice',
  description: 'Rolls a die with the given number of sides (default 6) and returns the number on top.',
  input: { type: 'object', properties: { sides: { type: 'integer', minimum: 2, description: 'Sides' } } },
  effect: 'read',
  run: async ({ sides = 6 }) => 1 + Math.floor(Math.random() * sides),
};

export default { setup: (ctx) => ctx.contribute({ id: 'tool' }, rollDice) };
