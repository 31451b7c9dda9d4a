// Express in front of the bare loop; says where it listens as soon as it does.
import express from 'express';
import { createBareLoop } from './bare-loop.js';

const run = createBareLoop(process.env.MODEL_URL);
const app = express();
app.use(express.json());
app.post('/run', async (request, response) => {
  response.json({ output: await run(request.body.input) });
});
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
