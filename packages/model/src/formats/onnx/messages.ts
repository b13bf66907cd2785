export * from 'onnx-buf';
