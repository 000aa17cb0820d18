/** Names and numbers of the TensorFlow Lite format (schema version 3, schema.fbs of LiteRT): operators, tensor types, slots of tables. */
import type { NumberFormat } from "@archwright/core/ir";

/** What the bytes 4 to 7 of a file are. */
export const fileIdentifier = "TFL3";

/** `BuiltinOperator`: the name of each code, in order. */
export const operatorNames: readonly string[] = [
  "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED",
  "HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU",
  "RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS",
  "SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE",
  "MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT",
  "LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG",
  "PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE",
  "EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN",
  "FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN",
  "FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE",
  "MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE",
  "RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE",
  "NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL",
  "PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE",
  "HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS",
  "RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD",
  "UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT",
  "STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP",
  "STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE",
  "STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG STABLEHLO_MINIMUM STABLEHLO_NEGATE",
  "STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER",
  "STABLEHLO_COMPARE STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA",
  "STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE",
  "STABLEHLO_RNG_BIT_GENERATOR REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT STABLEHLO_CASE",
].flatMap((line) => line.split(" "));

export const customCode = operatorNames.indexOf("CUSTOM");

/** `TensorType`: the name of each type, in order. */
export const typeNames: readonly string[] = [
  "FLOAT32 FLOAT16 INT32 UINT8 INT64 STRING BOOL INT16 COMPLEX64 INT8 FLOAT64 COMPLEX128 UINT64 RESOURCE VARIANT UINT32 UINT16",
  "INT4 BFLOAT16 INT2 UINT4 FLOAT8_E4M3FN FLOAT8_E5M2",
].flatMap((line) => line.split(" "));

/** How the elements of a type are kept; types whose elements have no fixed size are left out. */
export const formatOfType: Readonly<Record<string, NumberFormat>> = {
  FLOAT32: "float32",
  FLOAT16: "float16",
  BFLOAT16: "bfloat16",
  FLOAT8_E4M3FN: "float8",
  FLOAT8_E5M2: "float8",
  FLOAT64: "float64",
  COMPLEX64: "float64",
  INT64: "int64",
  UINT64: "int64",
  INT32: "int32",
  UINT32: "int32",
  INT16: "int16",
  UINT16: "int16",
  INT8: "int8",
  UINT8: "uint8",
  BOOL: "uint8",
  INT4: "int4",
  UINT4: "int4",
  INT2: "int2",
};

/** Numbers of the fields in the tables that every file has. */
export const slots = {
  model: { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4 },
  operatorCode: { deprecatedCode: 0, custom: 1, version: 2, code: 3 },
  subgraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 },
  tensor: { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4, isVariable: 5, sparsity: 6, signature: 7, hasRank: 8, external: 10 },
  quantization: { min: 0, max: 1, scale: 2, zeroPoint: 3, dimension: 6 },
  operator: { code: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4, customOptions: 5 },
  buffer: { data: 0, offset: 1, size: 2 },
} as const;

/** Numbers of the fields in the tables of operators' options, as far as shape or cost depends on them. */
export const optionSlots = {
  conv2d: { padding: 0, strideW: 1, strideH: 2, activation: 3, dilationW: 4, dilationH: 5 },
  depthwiseConv2d: { padding: 0, strideW: 1, strideH: 2, multiplier: 3, activation: 4, dilationW: 5, dilationH: 6 },
  conv3d: { padding: 0, strideD: 1, strideW: 2, strideH: 3, activation: 4, dilationD: 5, dilationW: 6, dilationH: 7 },
  pool2d: { padding: 0, strideW: 1, strideH: 2, width: 3, height: 4, activation: 5 },
  transposeConv: { padding: 0, strideW: 1, strideH: 2, activation: 3 },
  fullyConnected: { activation: 0, weightsFormat: 1, keepNumDims: 2 },
  concatenation: { axis: 0, activation: 1 },
  /** Of ADD, SUB, MUL, DIV, and of L2_NORMALIZATION and the recurrent cells. */
  activation: { activation: 0 },
  responseNormalization: { radius: 0 },
  reshape: { shape: 0 },
  block: { size: 0 },
  gather: { axis: 0, batchDims: 1 },
  reducer: { keepDims: 0 },
  squeeze: { axes: 0 },
  stridedSlice: { begin: 0, end: 1, ellipsis: 2, newAxis: 3, shrink: 4, offset: 5 },
  pack: { count: 0, axis: 1 },
  oneHot: { axis: 0 },
  batchMatMul: { adjointX: 0, adjointY: 1 },
  /** Of the operators over a sequence whose table says so first. */
  sequence: { timeMajor: 0 },
  sequenceLstm: { timeMajor: 3 },
  bidirectionalLstm: { mergeOutputs: 3, timeMajor: 4 },
  bidirectionalRnn: { timeMajor: 0, mergeOutputs: 2 },
  subgraphs: { first: 0, second: 1 },
} as const;

/** `Padding`. */
export const paddings = ["SAME", "VALID"] as const;

/** `ActivationFunctionType`. */
export const fusedActivations = ["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"] as const;
