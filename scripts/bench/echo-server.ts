/** The floor of the benchmark: Fastify with nothing in it but the same body there and back. */
import Fastify from 'fastify';

const server = Fastify({ logger: false });
server.get('/healthz', () => 'ok');
server.post('/echo', (request, reply) =>
  reply.type('application/json').send(JSON.stringify(request.body)),
);
await server.listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0) });
