export * from '@craton/service/testing';
