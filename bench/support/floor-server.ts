import formBody from '@fastify/formbody';
import fastify from 'fastify';
import pg from 'pg';

/**
 * The floor that a question step is held against: a bare Fastify that keeps each POST as one durable row, and answers a
 * GET with a page that never changes. Run as a process of its own with DATABASE_URL set; prints its address.
 */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
await pool.query(
  'create table if not exists public.floor (id bigint generated always as identity primary key, body text not null)',
);
const page = `<!doctype html><html lang="en"><title>Page</title><body>${'<p>A page that never changes.</p>'.repeat(150)}</body></html>`;
const server = fastify();
await server.register(formBody);
server.post('/', async (request, reply) => {
  await pool.query('insert into public.floor (body) values ($1)', [JSON.stringify(request.body)]);
  return reply.redirect('/', 303);
});
server.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
console.log(await server.listen({ host: '127.0.0.1', port: 0 }));
process.on('disconnect', () => process.exit());
