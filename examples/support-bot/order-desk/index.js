const orders = {
  A17: { id: 'A17', item: 'teapot', total: 35, state: 'delivered, broken' },
  B42: { id: 'B42', item: 'lamp', total: 80, state: 'on its way, there tomorrow' },
};

const order = { type: 'object', properties: { id: { type: 'string' }, item: { type: 'string' } } };

const findOrder = {
  name: 'find_order',
  description: 'Finds the order whose number a text names.',
  input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  output: {
    ...order,
    properties: { ...order.properties, total: { type: 'integer' }, state: { type: 'string' } },
    required: ['id', 'item', 'total', 'state'],
  },
  effect: 'read',
  run: async ({ text }) => {
    const found = Object.values(orders).find(({ id }) => text.includes(id));
    if (found) return found;
    throw new Error(`no order number in "${text}"`);
  },
};

const payBack = {
  name: 'pay_back',
  description: 'Pays back an order. Cannot be undone.',
  input: {
    type: 'object',
    properties: { order: { type: 'string' }, amount: { type: 'integer', minimum: 1 } },
    required: ['order', 'amount'],
  },
  effect: 'write',
  run: async ({ order: id, amount }, { idempotencyKey }) => ({ order: id, amount, receipt: idempotencyKey }),
};

export default {
  setup(ctx) {
    for (const tool of [findOrder, payBack]) ctx.contribute({ id: 'tool' }, tool);
  },
};
