import { describe, expect, it } from 'vitest';
import { siteModel } from '../test/models.ts';
import { EXAMPLE_REQUEST } from './example.ts';
import { checkCommand, exampleRequestText, verifyCommands } from './examples.ts';

describe('the commands of the first receipt', () => {
  it('ask this server where it is a development server', () => {
    const site = { ...siteModel, baseUrl: 'http://127.0.0.1:4711' };
    expect(checkCommand(site)).toContain('curl -s http://127.0.0.1:4711/v1/boundary/check');
    expect(verifyCommands(site)).toContain('"http://127.0.0.1:4711/v1/receipts/');
  });

  it('ask the reader’s own server elsewhere, never production', () => {
    const site = { ...siteModel, environment: 'production', baseUrl: 'https://craton.example' };
    expect(checkCommand(site) + verifyCommands(site)).not.toContain('craton.example');
    expect(checkCommand(site)).toContain('http://127.0.0.1:8080/');
  });

  it('send the example request', () => {
    expect(JSON.parse(exampleRequestText())).toEqual(JSON.parse(EXAMPLE_REQUEST));
    expect(checkCommand(siteModel)).toContain(exampleRequestText());
  });
});
