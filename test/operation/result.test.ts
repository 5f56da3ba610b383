/** Results in one shape: finished text goes out as it came, unless somebody looked into it. */
import { createSchema, createYoga, type Plugin } from 'graphql-yoga';
import { describe, expect, test } from 'vitest';
import { AuthorizationState } from '../../src/authorization/state.ts';
import { addExtension, hasRun, textOfResult } from '../../src/http/results.ts';
import { textResult, withDenials } from '../../src/operation/result.ts';
import { person } from '../authorization/viewers.ts';

/** Spaces that JSON.stringify would not write: they show that the text was not made anew. */
const text = '{ "project" : { "name" : "Apollo" } }';
const allowed = { isAllowed: () => true, isDenied: () => false, handedOver: () => undefined };

describe('finished text', () => {
  test('is written as it came, with what was added around it', () => {
    const result = addExtension(textResult(text), 'cost', { requested: 1 });
    expect(hasRun(result)).toBe(true);
    expect(textOfResult(result, 'one')).toBe(`{"data":${text},"extensions":{"cost":{"requested":1}}}`);
  });

  test('is kept when a denial of which no row was reached is added', () => {
    const denials = [{ coordinate: 'Project.budget', requires: ['project.budget:read'] }];
    const result = withDenials(textResult(text), new AuthorizationState({ ...allowed, denials }), person());
    const written = textOfResult(result, 'one');
    expect(written).toContain(`"data":${text}`);
    expect(JSON.parse(written).errors).toEqual([
      {
        message: 'You may not access Project.budget.',
        extensions: {
          code: 'FORBIDDEN',
          coordinate: 'Project.budget',
          requires: ['project.budget:read'],
          requestId: 'one',
        },
      },
    ]);
  });

  test('is written anew once its data was read, so that a change of it is in the answer', () => {
    const result = textResult(text);
    (result.data as { project: { name: string } }).project.name = 'Gemini';
    expect(textOfResult(result, 'one')).toBe('{"data":{"project":{"name":"Gemini"}}}');
  });

  test('goes through Yoga untouched, and parsed where a plugin reads it', async () => {
    const schema = createSchema({ typeDefs: 'type Query { project: Int }', resolvers: {} });
    const answerOf = async (...plugins: Plugin[]) => {
      const execution: Plugin = { onExecute: ({ setExecuteFn }) => setExecuteFn(() => textResult(text)) };
      const yoga = createYoga({ schema, plugins: [execution, ...plugins], logging: false, graphqlEndpoint: '/' });
      return (await yoga.fetch('http://gateway/?query={project}')).text();
    };
    expect(await answerOf()).toBe(`{"data":${text}}`);
    const seen: unknown[] = [];
    const reader: Plugin = {
      onExecute: () => ({ onExecuteDone: ({ result }) => void seen.push((result as { data: unknown }).data) }),
    };
    expect(JSON.parse(await answerOf(reader))).toEqual({ data: { project: { name: 'Apollo' } } });
    expect(seen).toEqual([{ project: { name: 'Apollo' } }]);
  });
});
