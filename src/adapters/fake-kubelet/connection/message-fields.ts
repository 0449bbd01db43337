// SPDX-License-Identifier: Apache-2.0
import type { WireMessage } from './reference-codec.ts';

function field(message: WireMessage, name: string): unknown {
  return Reflect.get(message, name);
}

export function textField(message: WireMessage, name: string): string {
  const value = field(message, name);
  return typeof value === 'string' ? value : '';
}

export function flagField(message: WireMessage, name: string): boolean {
  return field(message, name) === true;
}

export function numberField(message: WireMessage, name: string): number {
  const value = field(message, name);
  return typeof value === 'number' ? value : 0;
}

export function messageField(message: WireMessage, name: string): WireMessage | null {
  const value = field(message, name);
  return typeof value === 'object' && value !== null ? value : null;
}

export function messagesField(message: WireMessage, name: string): readonly WireMessage[] {
  return items(message, name).filter((item) => typeof item === 'object' && item !== null);
}

export function textsField(message: WireMessage, name: string): readonly string[] {
  return items(message, name).filter((item) => typeof item === 'string');
}

function items(message: WireMessage, name: string): readonly unknown[] {
  const value = field(message, name);
  return Array.isArray(value) ? value : [];
}

export function textMapField(message: WireMessage, name: string): Readonly<Record<string, string>> {
  const value = field(message, name);
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}
